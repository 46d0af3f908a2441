import { definePlugin, packageVersion } from '@unfold-zoo/core';
import { vldModel } from './vld.js';

const facts = {
  name: '@unfold-zoo/models-vld',
  version: packageVersion(import.meta.url),
  url: import.meta.url,
  presets: new URL('../presets/', import.meta.url),
};

/** The paper's model. */
export default definePlugin(facts, [vldModel]);
