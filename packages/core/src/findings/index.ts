/** What evaluations find: figures, tables, numbers and verdicts, and what a model shows of itself. */
export * from '../contracts/evaluation/findings.js';
export * from '../contracts/evaluation/table.js';
export * from '../contracts/model/diagnostics.js';
