import { closest, distance } from 'fastest-levenshtein';

/** `, did you mean "blocks"?`, or nothing when no known name is near: fewer than half of its letters differ. */
export function suggestion(name: string, known: readonly string[]): string {
  if (known.length === 0) return '';
  const best = closest(name, known);
  const isNear = 2 * distance(name, best) < Math.max(name.length, best.length);
  return isNear ? `, did you mean "${best}"?` : '';
}
