/**
 * The options of a zod schema: as rows of a table, and what is wrong with values, in words. Loads zod and little else,
 * for programs that must answer at once.
 */
export { type OptionRow, optionRows } from '../config/option-rows.js';
export { type Problem, problemsOf } from '../config/problems.js';
export { messageNaming, type OptionNaming } from '../errors.js';
export { checkOptions } from './check-options.js';
