import { definePlugin, packageVersion } from '@unfold-zoo/core';
import { hdf5 } from './hdf5-source.js';
import { ttbarGenerator } from './ttbar-generator.js';

/** The data sources of this package. */
export const plugin = definePlugin({ name: '@unfold-zoo/data', version: packageVersion(import.meta.url) }, [
  hdf5,
  ttbarGenerator,
]);
