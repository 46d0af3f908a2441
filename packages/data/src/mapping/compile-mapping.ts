import { UserError } from '@unfold-zoo/core';
import type { EventFileOptions } from '../files/open-events.js';
import type { TableFile } from '../tables/table-file.js';
import { columnsByName } from '../tables/table-mistakes.js';
import type { Topology } from '../topology/topology.js';
import { type ColumnExpression, type ColumnScope, tryCompile } from './language/compile.js';
import { layoutMapping } from './layout-mapping.js';
import { compileGroups, type MappedGroup } from './map-groups.js';
import { type ParticleReader, particleReader } from './map-particles.js';
import type { Mapping } from './mapping-schema.js';

/** A mapping whose columns have been found in a file. */
export interface CompiledMapping {
  /** Rows of every column that it uses. */
  readonly rows: number;
  /** Undefined where the truth is not known. */
  readonly particles: ParticleReader | undefined;
  readonly groups: readonly MappedGroup[];
  readonly weight: ColumnExpression | undefined;
  readonly select: ColumnExpression | undefined;
  /** Columns that are read for events, and for some of their parts alone. */
  readonly used: readonly string[];
  readonly usedBySelect: readonly string[];
  readonly usedByGroups: readonly string[];
  readonly usedByWeight: readonly string[];
}

/**
 * Finds the columns of a mapping in a file.
 * @throws UserError that lists all that is missing or wrong.
 */
export function compileMapping(
  table: TableFile,
  topology: Topology,
  written: Mapping | undefined,
  options: EventFileOptions,
): CompiledMapping {
  const columns = columnsByName(table);
  const mapping = written ?? layoutMapping(topology, columns);
  const problems: string[] = [];
  const compiler = new MappingCompiler(columns, mapping, problems);
  const select = compiler.part((scope) => condition(mapping.select, scope, problems));
  const weight = compiler.part((scope) => weightOf(mapping, options, scope, problems));
  const groups = compiler.part((scope) => compileGroups(topology, mapping.groups, scope, problems));
  const particles = compiler.part((scope) => particlesOf(topology, mapping, options, { scope, problems }));
  if (problems.length === 0) compiler.checkRows(table.path, problems);
  if (problems.length > 0) throw mistakes(table.path, problems, written === undefined);
  return {
    rows: compiler.rows,
    particles: particles.value,
    groups: groups.value,
    weight: weight.value,
    select: select.value,
    used: [...new Set([weight, groups, particles].flatMap(({ used }) => used))],
    usedBySelect: select.used,
    usedByGroups: groups.used,
    usedByWeight: weight.used,
  };
}

function mistakes(path: string, problems: readonly string[], isOwnLayout: boolean): UserError {
  const unique = columnsOnce([...new Set(problems)]);
  const cure = isOwnLayout ? '; it has not the layout of this package: give it a mapping, see docs/files.md' : '';
  const [first] = unique;
  if (unique.length === 1) return new UserError(`invalid mapping of ${path}: ${first}${cure}`);
  return new UserError([`invalid mapping of ${path}: ${unique.length} mistakes${cure}`, ...unique].join('\n  '));
}

/** The same lines, of which the first alone says which columns the file has. */
function columnsOnce(problems: readonly string[]): readonly string[] {
  const list = /,? the file has [^"]*$/;
  const first = problems.findIndex((problem) => list.test(problem));
  return problems.map((problem, i) => (i > first ? problem.replace(list, '') : problem));
}

/** Compiles parts of a mapping, and keeps which columns each uses. */
class MappingCompiler {
  readonly #columns: ColumnScope['columns'];
  readonly #mapping: Mapping;
  readonly #used = new Set<string>();

  constructor(columns: ColumnScope['columns'], mapping: Mapping, problems: string[]) {
    this.#columns = columns;
    this.#mapping = mapping;
    for (const [name, text] of Object.entries(mapping.define)) {
      if (columns.has(name)) problems.push(`define.${name}: duplicate name: the file has such a column`);
      tryCompile(text, this.#scope(), `define.${name}`, problems);
    }
  }

  part<Value>(compile: (scope: ColumnScope) => Value): { readonly value: Value; readonly used: readonly string[] } {
    const scope = this.#scope();
    const value = compile(scope);
    const used = [...scope.used];
    for (const name of used) this.#used.add(name);
    return { value, used };
  }

  #scope(): ColumnScope {
    return { columns: this.#columns, definitions: this.#mapping.define, used: new Set(), defined: new Map() };
  }

  get rows(): number {
    const [first] = [...this.#used];
    return first === undefined ? 0 : this.#columns.get(first)!.length;
  }

  checkRows(path: string, problems: string[]): void {
    const [first] = [...this.#used];
    if (first === undefined) problems.push(`no expression uses a column of ${path}`);
    for (const name of this.#used) {
      const { length } = this.#columns.get(name)!;
      if (length !== this.rows) problems.push(`${name} has ${length} rows, ${first} has ${this.rows}`);
    }
  }
}

function condition(text: string | undefined, scope: ColumnScope, problems: string[]): ColumnExpression | undefined {
  if (text === undefined) return undefined;
  const compiled = tryCompile(text, scope, 'select', problems);
  if (compiled && (!compiled.isCondition || compiled.isList))
    problems.push(`select: expected a condition of the event, as in count(Jet_pt > 25) >= 4`);
  return compiled;
}

function weightOf(
  { weight }: Mapping,
  { weights }: EventFileOptions,
  scope: ColumnScope,
  problems: string[],
): ColumnExpression | undefined {
  const text = weights === false ? undefined : (weights ?? weight);
  if (text === undefined) return undefined;
  const compiled = tryCompile(text, scope, 'weight', problems);
  if (compiled?.isList)
    problems.push('weight: expected one number of each event, got a list; take an element, as in w[0]');
  return compiled;
}

/** The particles, or none where the truth may be missing and is. */
function particlesOf(
  topology: Topology,
  { particles }: Mapping,
  { truthOptional = false }: EventFileOptions,
  { scope, problems }: { readonly scope: ColumnScope; readonly problems: string[] },
): ParticleReader | undefined {
  if (!particles) {
    if (!truthOptional) problems.push('particles: missing; events to train on have a truth');
    return undefined;
  }
  const found: string[] = [];
  const reader = particleReader(topology, particles, scope, found);
  if (found.length > 0 && truthOptional) return undefined;
  problems.push(...found);
  return reader;
}
