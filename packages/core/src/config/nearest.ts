import { closest, distance } from 'fastest-levenshtein';

/** `, did you mean "blocks"? known keys: kind, blocks`: what to write instead of an unknown name. */
export function alternatives(name: string, what: string, known: readonly string[]): string {
  return `${suggestion(name, known) || ','} known ${what}: ${known.join(', ') || 'none'}`;
}

/** `, did you mean "blocks"?`, or nothing when no known name is near: more than half of its letters differ. */
export function suggestion(name: string, known: readonly string[]): string {
  if (known.length === 0) return '';
  const best = closest(name, known);
  const isNear = 2 * distance(name, best) <= Math.max(name.length, best.length);
  return isNear ? `, did you mean "${best}"?` : '';
}
