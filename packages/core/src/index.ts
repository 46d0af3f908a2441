/**
 * What a plugin is made of: the contract of each role, how a component is declared, and what every part needs.
 *
 * Other doors: `@unfold-zoo/core/nn` (layers), `/diffusion`, `/losses`, `/training`, `/config`, `/events`, `/files`,
 * `/workers` and `/testing` (the checks that every component must pass).
 */
export * from './contracts/index.js';
export { isUserError, messageNaming, type OptionNaming, UserError } from './errors.js';
export { type EventScaling, Scaling, scaledWidth } from './events/scaling.js';
export { filePath } from './files/file-path.js';
export { Module, type Parameter } from './module.js';
export { nestedChoice } from './plugin/nested-choice.js';
export {
  type Component,
  type Context,
  component,
  definePlugin,
  type NamedFilesPlace,
  PLUGIN_API,
  type Plugin,
  type PluginFacts,
} from './plugin/plugin.js';
export * from './plugin/token.js';
export { Rng, type Share, type StreamRows } from './rng.js';
export { packageVersion, version } from './version.js';
