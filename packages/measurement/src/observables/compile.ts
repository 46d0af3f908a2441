import type { HostEvents } from '@unfold-zoo/core';
import { alternatives } from '@unfold-zoo/core/config';
import {
  type BinaryOperator,
  expressionError,
  isArithmetic,
  OPERATIONS,
  type Syntax,
} from '@unfold-zoo/core/expressions';
import type { ObservableFunction } from './observable-function.js';
import type { Scope, ScopeEntry } from './scope.js';
import { addMomenta, subtractMomenta } from './values/four-vectors.js';
import {
  eachEvent,
  type MomentumValue,
  type NumberValue,
  numbers,
  type ObjectsValue,
  type Value,
  type ValueKind,
} from './values/values.js';

/** A part of an expression whose names and kinds have been checked. */
export interface Compiled {
  readonly kind: ValueKind;
  /** Features of a detector object besides its momentum. */
  readonly features?: readonly string[];
  /** Of a list of objects: the most that an event may have. */
  readonly capacity?: number;
  evaluate(events: HostEvents): Value;
}

/** What expressions are made of. */
export interface Language {
  readonly scope: Scope;
  readonly functions: ReadonlyMap<string, ObservableFunction>;
}

/** How messages call the kinds of values. */
const KIND_NAMES: Readonly<Record<ValueKind, string>> = {
  number: 'a number',
  condition: 'a condition',
  momentum: 'a momentum',
  objects: 'a list of objects',
};

/**
 * Checks the names of an expression and what they are, and makes it ready to be evaluated.
 * @throws UserError that names the column of a name that is not known, with the nearest that is, and of a value of
 * another kind than its place takes.
 */
export function compileExpression(text: string, syntax: Syntax, language: Language): Compiled {
  return new Compiler(text, language).compile(syntax);
}

class Compiler {
  readonly #text: string;
  readonly #language: Language;

  constructor(text: string, language: Language) {
    this.#text = text;
    this.#language = language;
  }

  compile(syntax: Syntax): Compiled {
    switch (syntax.type) {
      case 'number':
        return constant(syntax.value);
      case 'name':
        return this.#name(syntax);
      case 'call':
        return this.#call(syntax);
      case 'element':
        return this.#element(syntax);
      case 'feature':
        return this.#feature(syntax);
      case 'sign':
        return this.#sign(syntax);
      default:
        return this.#pair(syntax);
    }
  }

  #name({ name, column }: Extract<Syntax, { type: 'name' }>): Compiled {
    const { scope, functions } = this.#language;
    const entry = scope.entries.get(name);
    if (entry) return ofEntry(entry);
    if (functions.has(name)) throw this.#error(column, `"${name}" is a function: write ${name}(...)`);
    throw this.#error(column, `unknown name "${name}"${alternatives(name, scope.title, [...scope.entries.keys()])}`);
  }

  #call({ name, column, parameters }: Extract<Syntax, { type: 'call' }>): Compiled {
    const { functions } = this.#language;
    const called = functions.get(name);
    if (!called) {
      throw this.#error(column, `unknown function "${name}"${alternatives(name, 'functions', [...functions.keys()])}`);
    }
    this.#checkCount(called, parameters.length, column);
    const compiled = parameters.map((each, i) => {
      const wanted = called.parameters[Math.min(i, called.parameters.length - 1)]!;
      return this.#ofKind(each, wanted, `${name}(...) needs ${KIND_NAMES[wanted]}`);
    });
    return {
      kind: called.result,
      evaluate: (events) => called.apply(compiled.map((each) => each.evaluate(events))),
    };
  }

  #checkCount({ name, parameters, repeatsLast = false }: ObservableFunction, given: number, column: number): void {
    const least = parameters.length;
    if (given === least || (repeatsLast && given > least)) return;
    const expected = `${least}${repeatsLast ? ' or more' : ''} parameter${least === 1 && !repeatsLast ? '' : 's'}`;
    throw this.#error(column, `${name} takes ${expected}, got ${given}`);
  }

  #element({ list, index: at, column }: Extract<Syntax, { type: 'element' }>): Compiled {
    const index = at.type === 'number' ? at.value : Number.NaN;
    if (!Number.isInteger(index)) throw this.#error(at.column, 'expected the number of an object, from 0');
    const compiled = this.#ofKind(list, 'objects', `[${index}] needs a list of objects`);
    const { capacity = Number.POSITIVE_INFINITY } = compiled;
    if (index >= capacity)
      throw this.#error(column, `an event has at most ${capacity} of these objects: expected 0 to ${capacity - 1}`);
    return {
      kind: 'momentum',
      ...(compiled.features && { features: compiled.features }),
      evaluate: (events) => (compiled.evaluate(events) as ObjectsValue).element(index),
    };
  }

  #feature({ object, name, column }: Extract<Syntax, { type: 'feature' }>): Compiled {
    const compiled = this.#ofKind(object, 'momentum', `.${name} needs one object`);
    const known = compiled.features ?? [];
    if (!known.includes(name)) {
      const hint = this.#language.functions.has(name) ? `; write ${name}(...)` : alternatives(name, 'features', known);
      throw this.#error(column, `unknown feature "${name}"${hint}`);
    }
    return {
      kind: 'number',
      evaluate: (events) => numbers((compiled.evaluate(events) as MomentumValue).feature!(name)),
    };
  }

  #sign({ operator, operand }: Extract<Syntax, { type: 'sign' }>): Compiled {
    const kind = operator === '-' ? 'number' : 'condition';
    const compiled = this.#ofKind(operand, kind, `"${operator}" needs ${KIND_NAMES[kind]}`);
    const change = operator === '-' ? (x: number) => -x : (x: number) => 1 - x;
    return {
      kind,
      evaluate: (events) => ({ kind, values: (compiled.evaluate(events) as NumberValue).values.map(change) }),
    };
  }

  #pair({ operator, left, right, column }: Extract<Syntax, { type: 'pair' }>): Compiled {
    const [a, b] = [this.compile(left), this.compile(right)];
    if (a.kind === 'momentum' && b.kind === 'momentum' && (operator === '+' || operator === '-')) {
      return ofMomenta(operator === '+' ? addMomenta : subtractMomenta, a, b);
    }
    const operand = operator === 'and' || operator === 'or' ? 'condition' : 'number';
    if (a.kind !== operand || b.kind !== operand) throw this.#unfit(operator, [a, b], column);
    const kind = isArithmetic(operator) ? 'number' : 'condition';
    return {
      kind,
      evaluate: (events) => {
        const [x, y] = [a, b].map((each) => (each.evaluate(events) as NumberValue).values) as [Column, Column];
        const values = eachEvent(x.length, (i) => OPERATIONS[operator](x[i]!, y[i]!));
        return { kind, values };
      },
    };
  }

  #unfit(operator: BinaryOperator, [a, b]: readonly [Compiled, Compiled], column: number): Error {
    const wanted =
      operator === '+' || operator === '-'
        ? 'two numbers or two momenta'
        : operator === 'and' || operator === 'or'
          ? 'two conditions'
          : 'two numbers';
    return this.#error(column, `"${operator}" needs ${wanted}, got ${KIND_NAMES[a.kind]} and ${KIND_NAMES[b.kind]}`);
  }

  #ofKind(syntax: Syntax, kind: ValueKind, needs: string): Compiled {
    const compiled = this.compile(syntax);
    if (compiled.kind === kind) return compiled;
    const hint = compiled.kind === 'objects' && kind === 'momentum' ? '; take one of them, as in jets[0]' : '';
    throw this.#error(syntax.column, `${needs}, got ${KIND_NAMES[compiled.kind]}${hint}`);
  }

  #error(column: number, detail: string): Error {
    return expressionError(this.#text, column, detail);
  }
}

type Column = Float64Array;

function constant(value: number): Compiled {
  return { kind: 'number', evaluate: ({ size }) => numbers(new Float64Array(size).fill(value)) };
}

function ofEntry({ read, ...entry }: ScopeEntry): Compiled {
  return { ...entry, evaluate: read };
}

function ofMomenta(
  operation: (a: MomentumValue, b: MomentumValue) => MomentumValue,
  a: Compiled,
  b: Compiled,
): Compiled {
  const evaluate = (events: HostEvents): Value =>
    operation(a.evaluate(events) as MomentumValue, b.evaluate(events) as MomentumValue);
  return { kind: 'momentum', evaluate };
}
