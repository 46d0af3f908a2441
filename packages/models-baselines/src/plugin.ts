import { definePlugin, packageVersion } from '@unfold-zoo/core';
import { identityCodec } from './identity-codec.js';

/** The parts of the models that the paper compares with. */
export default definePlugin({ name: '@unfold-zoo/models-baselines', version: packageVersion(import.meta.url) }, [
  identityCodec,
]);
