import { type EventSpec, type HostEvents, UserError } from '@unfold-zoo/core';
import { expressionError, parseExpression } from '@unfold-zoo/core/expressions';
import { type Compiled, compileExpression } from './compile.js';
import { detectorScope } from './detector-scope.js';
import { OBSERVABLE_FUNCTIONS } from './functions.js';
import type { ObservableFunction } from './observable-function.js';
import type { Scope } from './scope.js';
import { type EnergyConvention, truthScope } from './truth-scope.js';
import type { NumberValue } from './values/values.js';

/** What an expression may refer to. */
export interface ExpressionOptions {
  /** Whether the expression is of true particles or of what the detector measured. */
  readonly level: 'truth' | 'detector';
  /** Where energies of true particles come from; `regressed` unless given. */
  readonly energy?: EnergyConvention;
  /** Functions besides the built-in ones. */
  readonly functions?: readonly ObservableFunction[];
}

/** A number, or a condition, that is computed for each event. */
export interface Expression {
  /** As it was written. */
  readonly text: string;
  /** Its value in each event of a block, [n]; NaN where it needs an object that the event has not. */
  evaluate(events: HostEvents): Float64Array;
}

/**
 * A number of each event, by an expression over the names of a topology, e.g. `pt(hadronic_top)`,
 * `mass(leptonic_top + hadronic_top)`, `abs(y(ttbar))` of the truth, or `pt(jets[0])`, `count(jets)`,
 * `transverseMass(lepton, met)` of the detector. It is parsed by a grammar of its own and never run as code.
 * @throws UserError that names the column at which the expression is wrong, and names that are near to an unknown one.
 * @example
 * const observable = numberExpression(source.spec, 'abs(y(ttbar))', { level: 'truth' });
 * const values = observable.evaluate(await source.read('test', 0, 1000)); // [1000]
 */
export function numberExpression(spec: EventSpec, text: string, options: ExpressionOptions): Expression {
  return expressionOf(spec, text, { ...options, kind: 'number' });
}

/**
 * Whether each event fulfils a condition, as 1 or 0: `count(jets) >= 4 and pt(lepton) > 25`. A comparison with what an
 * event has not is false.
 * @throws UserError as `numberExpression` does.
 */
export function conditionExpression(spec: EventSpec, text: string, options: ExpressionOptions): Expression {
  return expressionOf(spec, text, { ...options, kind: 'condition' });
}

function expressionOf(
  spec: EventSpec,
  text: string,
  { level, energy, functions = [], kind }: ExpressionOptions & { readonly kind: 'number' | 'condition' },
): Expression {
  const scope = level === 'truth' ? truthScope(spec, energy) : detectorScope(spec);
  const compiled = compile(text, scope, functions);
  if (compiled.kind !== kind) throw expressionError(text, 1, unfit(compiled, kind));
  return { text, evaluate: (events) => (compiled.evaluate(events) as NumberValue).values };
}

function compile(text: string, scope: Scope, functions: readonly ObservableFunction[]): Compiled {
  const all = [...OBSERVABLE_FUNCTIONS, ...functions];
  const twice = all.find(({ name }, i) => all.findIndex((each) => each.name === name) !== i);
  if (twice) throw new UserError(`duplicate observable function: "${twice.name}" is there twice; load one of them`);
  const byName = new Map(all.map((each) => [each.name, each]));
  return compileExpression(text, parseExpression(text), { scope, functions: byName });
}

function unfit({ kind }: Compiled, expected: 'number' | 'condition'): string {
  if (expected === 'condition') return 'expected a condition, e.g. pt(lepton) > 25';
  if (kind === 'condition') return 'expected a number, got a condition';
  const example = kind === 'objects' ? 'count(jets)' : 'pt(...)';
  const got = kind === 'objects' ? 'a list of objects' : 'a momentum';
  return `expected a number, got ${got}; take e.g. ${example} of it`;
}
