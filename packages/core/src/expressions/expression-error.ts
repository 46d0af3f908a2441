import { UserError } from '../errors.js';

/** The error of an expression, which names the expression and the column, from 1, where it goes wrong. */
export function expressionError(text: string, column: number, detail: string): UserError {
  return new UserError(`invalid expression "${text}": at column ${column}: ${detail}`);
}
