import { definePlugin, packageVersion } from '@unfold-zoo/core';
import { native } from './native-engine.js';

export { type Addon, type BlockArguments, isAddonBuilt } from './addon.js';
export type { MemoryUse, NativeBackend } from './native-backend.js';
export { type NativeOptions, type NativePath, nativeEngine, nativePath, registerHostKernels } from './native-engine.js';

/** The compiled engine for processors. */
export default definePlugin({ name: '@unfold-zoo/engine-native', version: packageVersion(import.meta.url) }, [native]);
