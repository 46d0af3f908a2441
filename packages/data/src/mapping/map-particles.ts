import { UserError } from '@unfold-zoo/core';
import { alternatives } from '@unfold-zoo/core/config';
import { MOMENTUM_COMPONENTS } from '../files/raw-events.js';
import type { Topology } from '../topology/topology.js';
import type { ColumnRows, ColumnValue } from './language/column-value.js';
import { type ColumnExpression, type ColumnScope, tryCompile } from './language/compile.js';
import { filtered } from './language/elements.js';
import type { ParticleMapping } from './mapping-schema.js';

const KEYS = ['pt', 'eta', 'phi', 'px', 'py', 'pz', 'mass', 'energy'] as const;
type Key = (typeof KEYS)[number];

/** A particle whose expressions have been compiled, or the sum of others. */
interface MappedParticle {
  readonly name: string;
  readonly of: Readonly<Partial<Record<Key, ColumnExpression>>>;
  readonly where: ColumnExpression | undefined;
  /** Places of the particles that it is the sum of. */
  readonly sum: readonly number[] | undefined;
}

/** Computes the truth of events, [n, particles, 5], of their columns. */
export interface ParticleReader {
  /** @throws UserError for an event without such a particle, or with several. */
  read(rows: ColumnRows, nameOfEvent: (event: number) => string): Float32Array;
}

/** Compiles the particles of a mapping; what is wrong goes to `problems`. */
export function particleReader(
  { particles, name: topology }: Topology,
  rules: Readonly<Record<string, ParticleMapping>>,
  scope: ColumnScope,
  problems: string[],
): ParticleReader {
  const names = particles.map(({ name }) => name);
  for (const name of Object.keys(rules))
    if (!names.includes(name))
      problems.push(`particles.${name}: unknown particle${alternatives(name, 'particles', names)}`);
  const mapped = names.map((name): MappedParticle => {
    const rule = rules[name];
    if (rule) return compileParticle(name, rule, { names, scope, problems });
    problems.push(`particles.${name}: missing; topology "${topology}" has it`);
    return { name, of: {}, where: undefined, sum: undefined };
  });
  return { read: (rows, nameOfEvent) => readParticles(mapped, rows, nameOfEvent) };
}

interface Compiling {
  readonly names: readonly string[];
  readonly scope: ColumnScope;
  readonly problems: string[];
}

function compileParticle(name: string, rule: ParticleMapping, { names, scope, problems }: Compiling): MappedParticle {
  const at = `particles.${name}`;
  const { sum, where: condition } = rule;
  const given = expressionsOf(rule);
  if (sum) {
    const wrong = sum.find((each) => !names.includes(each) || each === name);
    if (wrong !== undefined)
      problems.push(`${at}.sum: unknown particle "${wrong}"${alternatives(wrong, 'particles', names)}`);
    if (Object.keys(rule).length > 1) problems.push(`${at}: sum stands alone; leave out the others`);
  } else if (!isMomentum(given)) {
    problems.push(
      `${at}: expected pt, eta, phi or px, py, pz, and mass or energy, got ${Object.keys(given).join(', ')}`,
    );
  }
  const compiled = Object.entries(given).map(([key, text]) => [key, tryCompile(text, scope, `${at}.${key}`, problems)]);
  const where = condition === undefined ? undefined : tryCompile(condition, scope, `${at}.where`, problems);
  if (where && !(where.isCondition && where.isList)) problems.push(`${at}.where: expected a condition of a list`);
  return { name, of: Object.fromEntries(compiled), where, sum: sum?.map((each) => names.indexOf(each)) };
}

function expressionsOf({
  prefix,
  where: _,
  sum: __,
  ...given
}: ParticleMapping): Partial<Record<Key, string | number>> {
  if (prefix === undefined) return given;
  const usual = ['pt', 'eta', 'phi', ...('energy' in given ? [] : ['mass'])];
  return { ...Object.fromEntries(usual.map((key) => [key, `\`${prefix}${key}\``])), ...given };
}

function isMomentum(given: Partial<Record<Key, unknown>>): boolean {
  const has = (...keys: Key[]): boolean => keys.every((key) => given[key] !== undefined);
  return (has('pt', 'eta', 'phi') || has('px', 'py', 'pz')) && (has('mass') || has('energy'));
}

function readParticles(
  particles: readonly MappedParticle[],
  rows: ColumnRows,
  nameOfEvent: (event: number) => string,
): Float32Array {
  const width = MOMENTUM_COMPONENTS.length;
  const momenta: Float64Array[] = particles.map(() => new Float64Array(0));
  const compute = (place: number, asked: readonly number[]): Float64Array => {
    const particle = particles[place]!;
    if (momenta[place]!.length > 0) return momenta[place]!;
    if (asked.includes(place)) throw new UserError(`invalid mapping: particle ${particle.name} is a sum of itself`);
    const found = particle.sum
      ? sumOf(particle.sum.map((each) => compute(each, [...asked, place])))
      : momentumOf(particle, rows, nameOfEvent);
    momenta[place] = found;
    return found;
  };
  const truth = new Float32Array(rows.size * particles.length * width);
  for (const place of particles.keys()) {
    const found = compute(place, []);
    for (let event = 0; event < rows.size; event++)
      for (let i = 0; i < width; i++) truth[(event * particles.length + place) * width + i] = found[event * width + i]!;
  }
  return truth;
}

/** [n, 5] mass, energy, px, py, pz. */
function momentumOf(particle: MappedParticle, rows: ColumnRows, nameOfEvent: (event: number) => string): Float64Array {
  const column = (key: Key): Float64Array | undefined => {
    const expression = particle.of[key];
    return expression && oneOf(particle, expression, rows, nameOfEvent);
  };
  const [pt, eta, phi] = [column('pt'), column('eta'), column('phi')];
  const [px, py, pz] = [column('px'), column('py'), column('pz')];
  const [mass, energy] = [column('mass'), column('energy')];
  const found = new Float64Array(rows.size * MOMENTUM_COMPONENTS.length);
  for (let event = 0; event < rows.size; event++) {
    const x = px ? px[event]! : pt![event]! * Math.cos(phi![event]!);
    const y = py ? py[event]! : pt![event]! * Math.sin(phi![event]!);
    const z = pz ? pz[event]! : pt![event]! * Math.sinh(eta![event]!);
    const squared = x * x + y * y + z * z;
    const e = energy ? energy[event]! : Math.sqrt(mass![event]! * mass![event]! + squared);
    const at = event * MOMENTUM_COMPONENTS.length;
    found[at] = mass ? mass[event]! : signedRoot(e * e - squared);
    found[at + 1] = e;
    found[at + 2] = x;
    found[at + 3] = y;
    found[at + 4] = z;
  }
  return found;
}

function signedRoot(squared: number): number {
  return Math.sign(squared) * Math.sqrt(Math.abs(squared));
}

/** The number of each event: that of the one entry of a list which fulfils the condition. */
function oneOf(
  { name, where }: MappedParticle,
  expression: ColumnExpression,
  rows: ColumnRows,
  nameOfEvent: (event: number) => string,
): Float64Array {
  const value = expression.evaluate(rows);
  if (!value.counts) return value.values;
  const list: ColumnValue = where ? filtered(value, where.evaluate(rows), unlike(name, nameOfEvent)) : value;
  const event = list.counts!.findIndex((count) => count !== 1);
  if (event < 0) return list.values;
  const how = where ? `where ${where.text}` : `in ${expression.text}`;
  throw new UserError(
    `invalid particles.${name}: ${nameOfEvent(event)} has ${list.counts![event]} entries ${how}, expected one; ` +
      'take such events only, by select',
  );
}

function unlike(name: string, nameOfEvent: (event: number) => string) {
  return (event: number, a: number, b: number): Error =>
    new UserError(`invalid particles.${name}: ${nameOfEvent(event)} has lists of ${a} and ${b} entries`);
}

function sumOf(parts: readonly Float64Array[]): Float64Array {
  const sum = new Float64Array(parts[0]!.length);
  for (const part of parts) for (let i = 0; i < sum.length; i++) sum[i]! += part[i]!;
  const width = MOMENTUM_COMPONENTS.length;
  for (let at = 0; at < sum.length; at += width) {
    const [, e, x, y, z] = sum.subarray(at, at + width) as unknown as [number, number, number, number, number];
    sum[at] = signedRoot(e * e - x * x - y * y - z * z);
  }
  return sum;
}
