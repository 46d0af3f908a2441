/** Configs: reading, checking against what plugins offer, and assembling a run from them. */
export * from '../core-plugin.js';
export * from '../plugin/catalogue.js';
export { type LoadedPlugin, loadOverridePlugins, loadPlugin, loadPlugins } from '../plugin/load-plugins.js';
export { benchmarksOf, type NamedFiles, presetsOf, topologiesOf } from '../plugin/named-files.js';
export { ComponentId } from '../plugin/plugin.js';
export { pluginFile } from '../plugin/plugin-file.js';
export { isRole } from '../plugin/token.js';
export {
  forgetOwnFolder,
  isOwnFolder,
  isUntrustedCode,
  rememberOwnCode,
  rememberOwnFolder,
  UntrustedCode,
} from '../trust/check-trust.js';
export type { Received } from '../trust/received.js';
export { checkConfig } from './check-config.js';
export * from './load-config.js';
export { type Located, type LocatedMap, type Origin, plainValue, toYaml } from './located.js';
export { COMMAND_LINE_SET, merge, mergeAt, mergeConfigs, override } from './merge.js';
export { alternatives } from './nearest.js';
export { parseYaml } from './parse-yaml.js';
export { findConfig, type ReadOptions, readConfig, readConfigFile, readExtended } from './read-config.js';
export { chosenTraining, trainingRoles } from './training-roles/chosen-training.js';
