import { distance } from 'fastest-levenshtein';

/** `, did you mean "blocks"? known keys: kind, blocks`: what to write instead of an unknown name. */
export function alternatives(name: string, what: string, known: readonly string[]): string {
  return `${suggestion(name, known) || ','} known ${what}: ${known.join(', ') || 'none'}`;
}

/** A name that is longer is no slip of the pen, and comparing it letter by letter would take long. */
const LONGEST = 100;

/** `, did you mean "blocks"?`, or nothing when no known name is near: more than half of its letters differ. */
export function suggestion(name: string, known: readonly string[]): string {
  if (name.length > LONGEST) return '';
  const best = nearest(name, known);
  if (best === undefined) return '';
  const isNear = 2 * distance(name, best) <= Math.max(name.length, best.length);
  return isNear ? `, did you mean "${best}"?` : '';
}

/** The known name with the fewest letters to change; of several, one with the same letters in another order. */
function nearest(name: string, known: readonly string[]): string | undefined {
  const fewest = Math.min(...known.map((each) => distance(name, each)));
  const near = known.filter((each) => distance(name, each) === fewest);
  return near.find((each) => lettersOf(each) === lettersOf(name)) ?? near[0];
}

function lettersOf(name: string): string {
  return [...name].sort().join('');
}
