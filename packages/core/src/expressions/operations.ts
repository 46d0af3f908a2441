import type { BinaryOperator } from './syntax.js';

/** What an operator makes of two numbers. Conditions are 1 or 0; comparisons with NaN are 0. */
export const OPERATIONS: Readonly<Record<BinaryOperator, (a: number, b: number) => number>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '^': (a, b) => a ** b,
  '<': (a, b) => Number(a < b),
  '<=': (a, b) => Number(a <= b),
  '>': (a, b) => Number(a > b),
  '>=': (a, b) => Number(a >= b),
  '==': (a, b) => Number(a === b),
  '!=': (a, b) => Number(a < b || a > b),
  and: (a, b) => a * b,
  or: (a, b) => Math.max(a, b),
};

/** Whether an operator gives a number; the others give a condition. */
export function isArithmetic(operator: BinaryOperator): boolean {
  return ['+', '-', '*', '/', '^'].includes(operator);
}

/** A function of one number that every expression may call. */
export interface NumberFunction {
  readonly name: string;
  readonly description: string;
  compute(x: number): number;
}

/** The functions of one number. */
export const NUMBER_FUNCTIONS: readonly NumberFunction[] = [
  { name: 'abs', description: 'absolute value', compute: Math.abs },
  { name: 'sqrt', description: 'square root', compute: Math.sqrt },
  { name: 'log', description: 'natural logarithm', compute: Math.log },
  { name: 'exp', description: 'exponential function', compute: Math.exp },
  { name: 'cos', description: 'cosine of an angle in rad', compute: Math.cos },
  { name: 'sin', description: 'sine of an angle in rad', compute: Math.sin },
  { name: 'cosh', description: 'hyperbolic cosine', compute: Math.cosh },
  { name: 'sinh', description: 'hyperbolic sine', compute: Math.sinh },
  { name: 'tanh', description: 'hyperbolic tangent', compute: Math.tanh },
];
