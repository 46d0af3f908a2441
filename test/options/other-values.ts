import type { OptionRow } from '@unfold-zoo/core/options';

/**
 * Values that an option may take besides the one that it has: every other word of a choice, and of numbers the first
 * that is allowed. Undefined for an option that a test has to name values for.
 */
export function otherValues({ type }: OptionRow, current: unknown, isAllowed: (value: unknown) => boolean) {
  if (type === 'true or false') return [!current];
  if (type.includes(' | ')) return type.split(' | ').filter((word) => word !== current);
  if (!/^(whole )?number/.test(type)) return undefined;
  const numbers = type.startsWith('whole') ? WHOLE : FRACTIONS;
  const found = numbers(typeof current === 'number' ? current : 0).find((each) => each !== current && isAllowed(each));
  return found === undefined ? undefined : [found];
}

const WHOLE = (current: number): number[] => [2 * current, current + 1, current + 2];
const FRACTIONS = (current: number): number[] => [1.5 * current + 0.1, current / 2, 0.5];

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
