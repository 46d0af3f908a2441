/** Configs: reading, checking against what plugins offer, and assembling a run from them. */
export * from '../core-plugin.js';
export * from '../plugin/catalogue.js';
export { ComponentId } from '../plugin/plugin.js';
export { check } from './check.js';
export * from './load-config.js';
export { type LoadedPlugin, loadPlugin } from './load-plugins.js';
export { type Located, type LocatedMap, type Origin, parseYaml, plainValue, toYaml } from './located.js';
export { merge, override } from './merge.js';
export { alternatives } from './nearest.js';
export { type OptionRow, optionRows } from './option-rows.js';
export { type Presets, readConfig, readExtended } from './read-config.js';
