import { definePlugin, packageVersion } from '@unfold-zoo/core';
import { native } from './native-engine.js';

export { type Addon, type AddonBlock, type BlockArguments, type Handles, hasBfloat16, isAddonBuilt } from './addon.js';
export type { MemoryUse, NativeBackend } from './native-backend.js';
export { type NativeOptions, nativeEngine } from './native-engine.js';

const facts = { name: '@unfold-zoo/engine-native', version: packageVersion(import.meta.url), url: import.meta.url };

/** The compiled engine for processors. */
export default definePlugin(facts, [native]);
