/** Runs, events, posteriors and distributions in a browser of this machine, or in a page that is one file. */
export { type ExploreOptions, type Explorer, explore } from './explore.js';
export { type ExportedPages, type ExportPagesOptions, exportPages } from './export/export-pages.js';
