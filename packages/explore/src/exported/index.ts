/** What an exported page computes by itself; it runs in browsers. */

export { WorkQueue } from '../server/work-queue.js';
export { observe } from '../studies/observables.js';
export {
  type EncodedEvent,
  type ExportedContent,
  type ExportedDrawSet,
  type ExportedEvent,
  type ExportedRun,
  observedOf,
} from './exported-content.js';
export { exportedDraws } from './exported-draws.js';
export {
  type ComputeGraph,
  drawExported,
  type ExportedDraws,
  type ExportedModel,
  type GraphInput,
} from './exported-model.js';
