/** The language of expressions, of observables and of columns of files: its grammar, and what numbers can be put to. */
export { expressionError } from './expression-error.js';
export { isArithmetic, NUMBER_FUNCTIONS, type NumberFunction, OPERATIONS } from './operations.js';
export { parseExpression } from './parse.js';
export type { BinaryOperator, Syntax } from './syntax.js';
