import { defineListRole } from '@unfold-zoo/core';
import type { Value, ValueKind } from './values/values.js';

/**
 * A function that expressions of observables call by its name. Of a plugin, it is a component of this role, whose kind
 * is the name unless it has one of its own.
 * @example
 * const aplanarMomentum: ObservableFunction = {
 *   name: 'ptBalance',
 *   description: 'pT of the first less pT of the second, GeV',
 *   parameters: ['momentum', 'momentum'],
 *   result: 'number',
 *   apply: ([a, b]) => numbers(...),
 * };
 */
export interface ObservableFunction {
  /** Letters, digits and _: what an expression writes before the bracket. */
  readonly name: string;
  /** One sentence, with units. */
  readonly description: string;
  /** What each parameter must be. */
  readonly parameters: readonly ValueKind[];
  /** Whether the last parameter may be given any number of times more, as in `max(a, b, c)`. */
  readonly repeatsLast?: boolean;
  readonly result: ValueKind;
  /** Computes the value for a block of events. The parameters have been checked: their kinds and how many they are. */
  apply(parameters: readonly Value[]): Value;
}

/** Functions for observables that plugins add. */
export const ObservableFunction = defineListRole<ObservableFunction>('observableFunctions');
