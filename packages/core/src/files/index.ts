/** Files that appear whole or not at all, and tensors in safetensors files. */
export * from './atomic-file.js';
export * from './bytes-of.js';
export * from './file-path.js';
export * from './safetensors.js';
