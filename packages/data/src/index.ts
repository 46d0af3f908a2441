// What a topology file says, and the layout of events that follows.

export {
  eventSpec,
  type FeatureRule,
  type GroupRule,
  type InputRule,
  inputCapacity,
  loadTopology,
  type Topology,
  topologyOf,
  topologyTextOf,
} from './topology/topology.js';

// Events in files: sources for training, reading, writing, and the sample that comes with the package.

export { EventFile } from './files/event-file.js';
export { type FilePaths, filePaths } from './files/file-lists.js';
export { type FileOptions, fileOptions } from './files/file-options.js';
export { FileSource, type FileSourceSetting } from './files/file-source.js';
export { GeneratedSource } from './files/generated-source.js';
export type { AttributeValue } from './files/hdf5/writer.js';
export { Hdf5Source } from './files/hdf5-source.js';
export type { EventFileOptions, OpenEvents } from './files/open-events.js';
export { RawEventFiles, type RawEventOptions } from './files/raw-event-files.js';
export * from './files/raw-events.js';
export { samplePath } from './files/sample.js';
export { type SampleCount, samplesOf } from './splits/samples.js';
export { fewEffective } from './splits/source-warnings.js';
export { writeColumns } from './writing/write-columns.js';
export { writeEvents } from './writing/write-events.js';

// Files of columns, in any format, and where the events of a topology come from in them.

export { draftTopology } from './mapping/draft/draft-topology.js';
export { type Mapping, mappingSchema } from './mapping/mapping-schema.js';
export { type FileFormatSource, fileFormatSource, fileFormatsOf } from './tables/file-format-source.js';
export { fileFormats } from './tables/formats/formats.js';
export type { ColumnBlock, FileFormat, TableColumn, TableFile } from './tables/table-file.js';

// Formats that events and draws are written in.

export type { ArrayColumn, ArrayStorage, ArrayWriter, MomentumNames, WritableFormat } from './writing/array-writer.js';
export { writableFormatOf } from './writing/writable-formats.js';

// Draws of a model in files.

export { carriedNames } from './draws/carried-names.js';
export { hasParts, partsFolder, removeDraws, removeLeftOversOf } from './draws/draw-files.js';
export {
  type DrawFacts,
  type DrawnEvents,
  type IndexedDraws,
  partonMomenta,
  partonsOfMomenta,
} from './draws/draw-layout.js';
export { type DrawPlan, DrawStore, type ReadCarried } from './draws/draw-store.js';
export { type JoinOptions, joinDraws } from './draws/join-draws.js';
export { DrawFile, openDraws } from './draws/open-draws.js';
export { holdsDraws, type ReadableDraws, readableDraws } from './draws/read-draws.js';

// Events in memory, checked as those of a file are.

export { decodeObservedEvent } from './files/observed/decode-observed.js';
export {
  encodeObservedEvents,
  type ObservedEvent,
  type ObservedObject,
  observedEventSchema,
} from './files/observed/observed-events.js';

// What is in a source of events, in numbers and histograms.

export { dataWarnings, type SplitOfSource, unlikeSimulation } from './inspect/data-warnings.js';
export {
  type EventSummary,
  type InputSummary,
  type InspectEventsOptions,
  inspectEvents,
  type NumberHistogram,
  type NumberSummary,
} from './inspect/inspect-events.js';
export { type ColumnSummary, inspectTable, type TableSummary } from './inspect/inspect-table.js';
export { unlikeTraining } from './inspect/unlike-training.js';

// Simulated top quark pairs.

export * from './generator/index.js';
export * from './generator/ttbar-generator.js';
export type { SplitCounts } from './splits/split-rows.js';

// Problems whose posterior is known exactly.

export * from './truth-lab/index.js';

// The plugin that brings the sources of this package.

export { loadMapping } from './mapping/event-opener.js';
export { default } from './plugin.js';
