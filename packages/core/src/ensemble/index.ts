/** Several trainings of one model, drawn from as one. */

export * from './ensemble.js';
export { memberOfDraws, membersOfEvents } from './mixture-posterior.js';
