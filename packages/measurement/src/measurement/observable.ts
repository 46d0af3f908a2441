import { type EventSpec, isUserError, UserError } from '@unfold-zoo/core';
import { z } from 'zod';
import { type BinsOption, binsOption } from '../binning/bin-rules.js';
import { type Expression, numberExpression } from '../observables/expression.js';
import type { ObservableFunction } from '../observables/observable-function.js';
import type { EnergyConvention } from '../observables/truth-scope.js';

const expressions = z.union([z.string(), z.array(z.string()).min(1).max(3)]);
const bins = z.union([binsOption, z.array(binsOption).min(2).max(3)]);

/** One observable of a measurement file. */
export const observableSchema = z.strictObject({
  label: z.string().optional().describe('In figures and tables, e.g. pT of the top quark. Default: its name.'),
  unit: z.string().default('').describe('Of its values, e.g. GeV.'),
  truth: expressions.describe('What is measured, by an expression over true particles; a list in several dimensions.'),
  detector: expressions.describe('What it is measured by, an expression over objects of the detector; as many.'),
  bins: bins.describe('True bins: edges or a rule, a list of either in several dimensions.'),
  detectorBins: bins.optional().describe('Measured bins. Default: the true ones.'),
});

/** Parsed keys of an observable. */
export type ObservableKeys = z.output<typeof observableSchema>;

/** An observable whose expressions are ready, and whose bins are not made yet. */
export interface Observable {
  readonly name: string;
  readonly label: string;
  readonly unit: string;
  /** One for each axis. */
  readonly truth: readonly Expression[];
  readonly detector: readonly Expression[];
  readonly bins: readonly BinsOption[];
  readonly detectorBins: readonly BinsOption[];
}

/** What expressions of a measurement may use. */
export interface ObservableContext {
  readonly spec: EventSpec;
  readonly energy: EnergyConvention;
  readonly functions: readonly ObservableFunction[];
}

/**
 * Makes an observable of a measurement file ready.
 * @throws UserError that names the observable and its key, for an expression that is wrong and for lists that are not
 * as long as each other.
 */
export function observableOf(name: string, keys: ObservableKeys, context: ObservableContext): Observable {
  const { spec, energy, functions } = context;
  const compile = (key: 'truth' | 'detector'): Expression[] =>
    listOf(keys[key]).map((text) =>
      naming(`observables.${name}.${key}`, () => numberExpression(spec, text, { level: key, energy, functions })),
    );
  const [truth, detector] = [compile('truth'), compile('detector')];
  const trueBins = binsOf(keys.bins);
  const detectorBins = keys.detectorBins === undefined ? trueBins : binsOf(keys.detectorBins);
  for (const [key, list] of Object.entries({ detector, bins: trueBins, detectorBins })) {
    if (list.length === truth.length) continue;
    const expected = `as many as "truth" has, ${truth.length}`;
    throw new UserError(`invalid observables.${name}.${key}: expected ${expected}, got ${list.length}`);
  }
  return { name, label: keys.label ?? name, unit: keys.unit, truth, detector, bins: trueBins, detectorBins };
}

function listOf(texts: string | readonly string[]): readonly string[] {
  return typeof texts === 'string' ? [texts] : texts;
}

function binsOf(option: ObservableKeys['bins']): readonly BinsOption[] {
  const isOne = !Array.isArray(option) || typeof option[0] === 'number';
  return isOne ? [option as BinsOption] : (option as BinsOption[]);
}

/** Puts the key of the measurement file before what is wrong with its value. */
export function naming<T>(key: string, make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (!isUserError(error)) throw error;
    throw new UserError(`${key}: ${error.message}`, { cause: error });
  }
}
