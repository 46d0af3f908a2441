/** What the pages show, as data and pure functions; it runs in browsers. */

export { addressOf, type Query } from './address.js';
export { type Change, changedObjects, changeEvent } from './change-event.js';
export {
  binColumn,
  binPairs,
  centralRange,
  densitiesCsv,
  edgesOf,
  type FiniteColumn,
  finiteColumn,
  histogramsCsv,
  type NamedHistogram,
  type ObservedColumn,
  rowWeights,
} from './columns.js';
export { type ComparedEntry, type ConfigEntry, compareConfigs, flatConfig } from './config-difference.js';
export {
  type EventDisplay,
  etaPhiView,
  momentumAt,
  type ObjectStyle,
  objectStyle,
  reachOf,
  transverseView,
} from './event-display.js';
export { eventOrder, type OddBy } from './event-order.js';
export type {
  DetectorObject,
  DrawnParticle,
  EventsView,
  EventView,
  ObjectPlace,
  PosteriorView,
  QuantityView,
  ReferenceView,
} from './event-view.js';
export { joinPosteriors } from './join-posteriors.js';
export { coverageFigure, rankFigure } from './rank-figures.js';
export type { DrawFileView, RanksView, TrustView } from './ranks-view.js';
export type { BenchmarkSummary, RunStatus, RunSummary } from './run-summary.js';
export { type Cell, sortRows } from './sort-rows.js';
