export { type DrawnEvents, momentaOf } from './draw-layout.js';
export { type DrawPlan, DrawStore } from './draw-store.js';
export { EventFile, type EventFileOptions } from './event-file.js';
export * from './generator/index.js';
export type { AttributeValue } from './hdf5-file.js';
export { type Hdf5Options, Hdf5Source, hdf5, hdf5Options } from './hdf5-source.js';
export {
  type EventSummary,
  type Histogram,
  type InputSummary,
  type InspectOptions,
  inspectEvents,
  type NumberSummary,
} from './inspect-events.js';
export { DrawFile, type IndexedDraws, openDraws } from './open-draws.js';
export { plugin as default } from './plugin.js';
export * from './raw-events.js';
export { samplePath } from './sample.js';
export * from './topology.js';
export * from './ttbar-generator.js';
export { writeEvents } from './write-events.js';
