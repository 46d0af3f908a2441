/**
 * The options of the library as zod schemas, for programs that take them from their users. The option types of the
 * library follow from them. Loads zod alone.
 */
export { benchmarkOptions } from './benchmark/benchmark-options.js';
export { createPluginOptions } from './configs/create-plugin-options.js';
export { diagnoseOptions } from './diagnosis/diagnose-options.js';
export { drawOptions, sampleOptions } from './draws/sample-options.js';
export { evaluateOptions, reportOptions } from './evaluation/evaluate-options.js';
export { convertOptions } from './events/convert-options.js';
export { draftOptions } from './events/draft-options.js';
export { generateOptions } from './events/generate-options.js';
export { exportOptions } from './export/export-options.js';
export { inspectOptions } from './inspect/inspect-options.js';
export { packOptions } from './packing/pack-options.js';
export { comparePosteriorsOptions } from './posterior/compare-posteriors-options.js';
export { createOptions } from './run/create-options.js';
export { FILE_TO_WRITE } from './writing/file-options.js';
