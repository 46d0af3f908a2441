import { isUserError, UserError } from '@unfold-zoo/core';
import { alternatives } from '@unfold-zoo/core/config';
import { expressionError, isArithmetic, OPERATIONS, parseExpression, type Syntax } from '@unfold-zoo/core/expressions';
import type { TableColumn } from '../../tables/table-file.js';
import { nearColumns } from '../../tables/table-mistakes.js';
import { type ColumnRows, type ColumnValue, componentsOf, firstDifference, spreadToEntries } from './column-value.js';
import { filtered, gathered, picked } from './elements.js';
import { ENTRY_FUNCTIONS, type EntryFunction, LIST_FUNCTIONS } from './functions.js';

/** An expression of columns whose names have been found. */
export interface ColumnExpression {
  readonly text: string;
  readonly isList: boolean;
  readonly isCondition: boolean;
  /** Numbers of each entry of a list. */
  readonly components: number;
  evaluate(rows: ColumnRows): ColumnValue;
}

/** What expressions of columns may refer to. */
export interface ColumnScope {
  readonly columns: ReadonlyMap<string, TableColumn>;
  /** Texts of expressions by the names that a mapping gives them. */
  readonly definitions: Readonly<Record<string, string>>;
  /** Those of them that have been compiled; undefined while one is. */
  readonly defined: Map<string, Node | undefined>;
  /** Columns that expressions use; what is compiled adds to it. */
  readonly used: Set<string>;
}

/**
 * Finds the names of an expression in a file. The text may be the name of a column as it is, whatever it is made of.
 * @throws UserError that names the column at which the expression is wrong, with near names.
 */
export function compileColumns(text: string, scope: ColumnScope): ColumnExpression {
  const known = scope.columns.get(text);
  if (known) return { text, ...columnNode(known, scope, (detail) => new UserError(`invalid ${text}: ${detail}`)) };
  return { text, ...new Compiler(text, scope).compile(parseExpression(text)) };
}

/** A part of an expression. */
type Node = Omit<ColumnExpression, 'text'>;
type Fail = (detail: string) => Error;

function columnNode(column: TableColumn, { used }: ColumnScope, fail: Fail): Node {
  const { name, shape, type, problem } = column;
  if (problem) throw fail(problem);
  if (shape.length > 2) throw fail(`it has ${shape.length + 1} axes, expected at most 3: events, objects, components`);
  used.add(name);
  const isList = shape.length > 0;
  const components = componentsOf(shape);
  return { isList, isCondition: type === 'bool', components, evaluate: (rows) => rows.column(name) };
}

class Compiler {
  readonly #text: string;
  readonly #scope: ColumnScope;

  constructor(text: string, scope: ColumnScope) {
    this.#text = text;
    this.#scope = scope;
  }

  compile(syntax: Syntax): Node {
    switch (syntax.type) {
      case 'number':
        return constant(syntax.value);
      case 'name':
        return this.#name(syntax.name, syntax.column);
      case 'feature':
        return this.#name(this.#dotted(syntax), syntax.column);
      case 'call':
        return this.#call(syntax);
      case 'element':
        return this.#element(syntax);
      case 'sign':
        return this.#sign(syntax);
      default:
        return this.#pair(syntax);
    }
  }

  #fail(column: number): Fail {
    return (detail) => expressionError(this.#text, column, detail);
  }

  #name(name: string, at: number): Node {
    const { columns, definitions } = this.#scope;
    if (Object.hasOwn(definitions, name)) return this.#definition(name, definitions[name]!, at);
    const column = columns.get(name);
    const fail = this.#fail(at);
    if (column) return columnNode(column, this.#scope, (detail) => fail(`"${name}" cannot be read: ${detail}`));
    if (ENTRY_FUNCTIONS.has(name) || LIST_FUNCTIONS.has(name))
      throw fail(`"${name}" is a function: write ${name}(...)`);
    throw fail(`unknown column "${name}"${nearColumns(name, [...Object.keys(definitions), ...columns.keys()])}`);
  }

  /** A definition is compiled once, and evaluated once on the same rows. */
  #definition(name: string, text: string, at: number): Node {
    const { defined } = this.#scope;
    const known = defined.get(name);
    if (known) return known;
    if (defined.has(name)) throw this.#fail(at)(`"${name}" is defined by itself`);
    defined.set(name, undefined);
    try {
      defined.set(name, evaluatedOnce(compileColumns(text, this.#scope)));
      return defined.get(name)!;
    } finally {
      if (!defined.get(name)) defined.delete(name);
    }
  }

  /** Names with points, as `Jet.PT` of Delphes. */
  #dotted({ object, name, column }: Extract<Syntax, { type: 'feature' }>): string {
    if (object.type === 'name') return `${object.name}.${name}`;
    if (object.type === 'feature') return `${this.#dotted(object)}.${name}`;
    throw this.#fail(column)('expected the name of a column before the point');
  }

  #call({ name, column, parameters }: Extract<Syntax, { type: 'call' }>): Node {
    if (name === 'component') return this.#component(parameters, column);
    const compiled = parameters.map((each) => this.compile(each));
    const ofList = LIST_FUNCTIONS.get(name);
    const fail = this.#fail(column);
    if (ofList) {
      const [list] = compiled;
      if (compiled.length !== 1 || !list!.isList) throw fail(`${name} takes one list of each event`);
      return {
        isList: ofList.gives === 'list',
        isCondition: ofList.gives === 'condition',
        components: 1,
        evaluate: (rows) => ofList.apply(list!.evaluate(rows), list!.isCondition),
      };
    }
    const known = ['component', ...ENTRY_FUNCTIONS.keys(), ...LIST_FUNCTIONS.keys()];
    const called = ENTRY_FUNCTIONS.get(name);
    if (!called) throw fail(`unknown function "${name}"${alternatives(name, 'functions', known)}`);
    this.#checkCount(called, compiled.length, column);
    return this.#entryByEntry(compiled, name === 'bit', called.compute, column);
  }

  #checkCount({ name, parameters, repeats = false }: EntryFunction, given: number, column: number): void {
    if (given === parameters || (repeats && given > parameters)) return;
    throw this.#fail(column)(`${name} takes ${parameters}${repeats ? ' or more' : ''} numbers, got ${given}`);
  }

  #component(parameters: readonly Syntax[], column: number): Node {
    const [of, at] = parameters;
    const fail = this.#fail(column);
    if (parameters.length !== 2 || at?.type !== 'number') throw fail('component takes an array and a number, from 0');
    const array = this.compile(of!);
    const { components } = array;
    if (components === 1)
      throw fail('component takes an array (events, objects, components), got one without the last');
    if (at.value >= components)
      throw this.#fail(at.column)(`it has ${components} components: expected 0 to ${components - 1}`);
    return of?.type === 'name'
      ? this.#shared(`component(${of.name}, ${at.value})`, array, at.value)
      : componentNode(array, at.value);
  }

  /** A component of a column, of which all particles may be made: it is taken once on the same rows. */
  #shared(key: string, array: Node, at: number): Node {
    const { defined } = this.#scope;
    const node = defined.get(key) ?? evaluatedOnce(componentNode(array, at));
    defined.set(key, node);
    return node;
  }

  #element({ list, index, column }: Extract<Syntax, { type: 'element' }>): Node {
    const [of, at] = [this.compile(list), this.compile(index)];
    const fail = this.#fail(column);
    if (!of.isList) throw fail('[ ] needs a list, got one number of each event');
    const { isCondition, components } = of;
    if (!at.isList) {
      if (components > 1) throw fail('expected component(..., 0) before [ ] of an array (events, objects, components)');
      const evaluate = (rows: ColumnRows): ColumnValue => picked(of.evaluate(rows), at.evaluate(rows).values);
      return { isList: false, isCondition, components: 1, evaluate };
    }
    if (components > 1 && !at.isCondition) throw fail('expected component(..., 0) before [ ] of such an array');
    const choose = at.isCondition ? filtered : gathered;
    return {
      isList: true,
      isCondition,
      components,
      evaluate: (rows) =>
        choose(of.evaluate(rows), at.evaluate(rows), (event, a, b) => this.#unlike(column, event, a, b)),
    };
  }

  #sign({ operator, operand, column }: Extract<Syntax, { type: 'sign' }>): Node {
    const compiled = this.compile(operand);
    if (operator === 'not' && !compiled.isCondition) throw this.#fail(column)('"not" needs a condition, got a number');
    const change = operator === '-' ? (x: number) => -x : (x: number) => 1 - x;
    return this.#entryByEntry([compiled], operator === 'not', change, column);
  }

  #pair({ operator, left, right, column }: Extract<Syntax, { type: 'pair' }>): Node {
    const pair = [this.compile(left), this.compile(right)];
    const joins = operator === 'and' || operator === 'or';
    if (joins && !pair.every(({ isCondition }) => isCondition))
      throw this.#fail(column)(`"${operator}" needs two conditions, as in pt > 25; of a number, write x != 0`);
    return this.#entryByEntry(pair, !isArithmetic(operator), OPERATIONS[operator], column);
  }

  /** What is computed of numbers, and of lists entry by entry; a number beside a list goes with each of its entries. */
  #entryByEntry(
    parts: readonly Node[],
    isCondition: boolean,
    compute: (...numbers: number[]) => number,
    column: number,
  ): Node {
    if (parts.some(({ components }) => components > 1))
      throw this.#fail(column)('of an array (events, objects, components), take component(..., 0) first');
    const evaluate = (rows: ColumnRows): ColumnValue => {
      const values = parts.map((each) => each.evaluate(rows));
      const counts = values.find((each) => each.counts)?.counts;
      for (const each of values) if (counts && each.counts) this.#checkAlike(counts, each.counts, column);
      const columns = values.map((each) =>
        counts && !each.counts ? spreadToEntries(each.values, counts) : each.values,
      );
      const computed = new Float64Array(columns[0]!.length);
      const [a, b] = columns;
      if (columns.length === 1) for (let i = 0; i < computed.length; i++) computed[i] = compute(a![i]!);
      else if (columns.length === 2) for (let i = 0; i < computed.length; i++) computed[i] = compute(a![i]!, b![i]!);
      else for (let i = 0; i < computed.length; i++) computed[i] = compute(...columns.map((each) => each[i]!));
      return { values: computed, ...(counts && { counts }), components: 1 };
    };
    return { isList: parts.some(({ isList }) => isList), isCondition, components: 1, evaluate };
  }

  #checkAlike(a: Int32Array, b: Int32Array, column: number): void {
    const event = firstDifference(a, b);
    if (event >= 0) throw this.#unlike(column, event, a[event]!, b[event]!);
  }

  #unlike(column: number, event: number, a: number, b: number): Error {
    return this.#fail(column)(`lists of different lengths, ${a} and ${b} entries in row ${event} of the block`);
  }
}

/** One number of each object in an array. */
function componentNode(array: Node, at: number): Node {
  const { components } = array;
  const evaluate = (rows: ColumnRows): ColumnValue => {
    const { values, counts } = array.evaluate(rows);
    const taken = new Float64Array(values.length / components);
    for (let i = 0; i < taken.length; i++) taken[i] = values[i * components + at]!;
    return { values: taken, ...(counts && { counts }), components: 1 };
  };
  return { ...array, components: 1, evaluate };
}

/** The same, which is evaluated once on the same rows. */
function evaluatedOnce(node: Node): Node {
  const evaluated = new WeakMap<ColumnRows, ColumnValue>();
  const evaluate = (rows: ColumnRows): ColumnValue => {
    const value = evaluated.get(rows) ?? node.evaluate(rows);
    evaluated.set(rows, value);
    return value;
  };
  return { ...node, evaluate };
}

function constant(value: number): Node {
  const evaluate = ({ size }: ColumnRows): ColumnValue => ({
    values: new Float64Array(size).fill(value),
    components: 1,
  });
  return { isList: false, isCondition: false, components: 1, evaluate };
}

/** Compiles, and collects what is wrong instead of throwing it. */
export function tryCompile(
  text: string | number,
  scope: ColumnScope,
  what: string,
  problems: string[],
): ColumnExpression | undefined {
  try {
    return compileColumns(String(text), scope);
  } catch (error) {
    if (!isUserError(error)) throw error;
    problems.push(`${what}: ${error.message}`);
    return undefined;
  }
}
