import { inspectOptions } from '../inspect/inspect-options.js';

/** How a file is looked at to draft a topology for it. */
export const draftOptions = inspectOptions.pick({ table: true });
