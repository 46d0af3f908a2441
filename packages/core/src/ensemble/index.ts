/** Several trainings of one model, drawn from as one. */

export * from './ensemble.js';
export { memberOfDraws } from './mixture-posterior.js';
