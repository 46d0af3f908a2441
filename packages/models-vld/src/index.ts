export { default } from './plugin.js';
export { Vld, type VldParts, vldModel } from './vld.js';
export type { VldOptions } from './vld-options.js';
