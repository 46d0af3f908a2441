import { packageVersion } from '@unfold-zoo/core';

/** What the plugin of this package says of itself; its topologies need no plugin to be listed. */
export const pluginFacts = {
  name: '@unfold-zoo/data',
  version: packageVersion(import.meta.url),
  url: new URL('./plugin.js', import.meta.url).href,
  topologies: new URL('../topologies/', import.meta.url),
};
