/** What commands print, draw and listen to. Loaded when a command runs. */
export { EXIT } from '@unfold-zoo/core/exit-codes';
export { printBenchmark, watchBenchmark } from './benchmark.js';
export { diagnoseAndShow } from './diagnosis.js';
export { inspectionText } from './inspection-text.js';
export { withInterruption } from './interruption.js';
export { kindJson, kindText, roleText } from './kind-text.js';
export { createLog } from './log.js';
export { tellNext } from './next-step.js';
export { withBar } from './progress/progress-bar.js';
export { evaluateAndReport, exitCodeOf, sampleRun, trainRun } from './run-steps.js';
export { whileWriting } from './while-writing.js';
