import type { OptionRow } from '@unfold-zoo/core/options';

/**
 * Values that an option may take besides the one that it has, in groups of which one value at least must have an
 * effect: every other word of a choice, a word of a list of them, and all of some numbers that are allowed. Undefined
 * for an option that a test has to name values for.
 */
export function otherValues(
  { type }: OptionRow,
  current: unknown,
  isAllowed: (value: unknown) => boolean,
): readonly (readonly unknown[])[] | undefined {
  if (type === 'true or false') return [[!current]];
  if (type.startsWith('list of ') && type.includes(' | ')) return [[[type.split(' | ').at(-1)]]];
  if (type.includes(' | ')) return type.split(' | ').flatMap((word) => (word === current ? [] : [[word]]));
  if (!/^(whole )?number/.test(type)) return undefined;
  const numbers = type.startsWith('whole') ? WHOLE : FRACTIONS;
  const found = numbers(typeof current === 'number' ? current : 0).filter(
    (each) => each !== current && isAllowed(each),
  );
  return found.length === 0 ? undefined : [found];
}

const WHOLE = (current: number): number[] => [2 * current, current + 1, current + 2, 2, 1, 5, 10, 99];
const FRACTIONS = (current: number): number[] => [1.5 * current + 0.1, current / 2, 0.5, 1e-9, 0.999, 100];

/** `{ a: { b: 1 } }` with the value at `a.b` or any other path replaced. */
export function withValue(
  options: Readonly<Record<string, unknown>>,
  path: string,
  value: unknown,
): Readonly<Record<string, unknown>> {
  const [key, ...rest] = path.split('.') as [string, ...string[]];
  if (rest.length === 0) return { ...options, [key]: value };
  const below = (options[key] ?? {}) as Readonly<Record<string, unknown>>;
  return { ...options, [key]: withValue(below, rest.join('.'), value) };
}

/** The value at a path, e.g. `a.b`. */
export function valueAt(options: Readonly<Record<string, unknown>>, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], options);
}
