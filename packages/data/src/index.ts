export { EventFile, type EventFileOptions } from './event-file.js';
export type { AttributeValue } from './hdf5-file.js';
export { type Hdf5Options, Hdf5Source, hdf5 } from './hdf5-source.js';
export { plugin as default } from './plugin.js';
export * from './raw-events.js';
export { samplePath } from './sample.js';
export * from './topology.js';
export { writeEvents } from './write-events.js';
