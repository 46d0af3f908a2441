/** Files that appear whole or not at all, what systems say of files, JSON by schemas, and tensors in safetensors. */
export * from './atomic-file.js';
export * from './bytes-of.js';
export * from './file-name.js';
export * from './file-path.js';
export * from './installation-folder.js';
export * from './new-file.js';
export * from './overwriting.js';
export * from './read-bytes.js';
export * from './read-json.js';
export * from './real-path.js';
export * from './safetensors.js';
export * from './sha256.js';
export * from './system-errors.js';
export * from './temporary-path.js';
