import { definePlugin, packageVersion } from '@unfold-zoo/core';
import { vldModel } from './vld.js';

/** The paper's model. */
export default definePlugin({ name: '@unfold-zoo/models-vld', version: packageVersion(import.meta.url) }, [vldModel]);
