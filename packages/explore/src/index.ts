/** Runs, events, posteriors and distributions in a browser of this machine. */
export { type ExploreOptions, type Explorer, explore } from './explore.js';
