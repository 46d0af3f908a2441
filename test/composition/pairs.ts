/** One choice for each of some roles, by the names of both. */
export type Row = Readonly<Record<string, string>>;

/** Every way to take one choice for each role. */
export function everyRow(choices: Readonly<Record<string, readonly string[]>>): Row[] {
  return Object.entries(choices).reduce<Row[]>(
    (rows, [role, names]) => rows.flatMap((row) => names.map((name) => ({ ...row, [role]: name }))),
    [{}],
  );
}

/** The pairs of choices that a row has, and its single choices. */
export function pairsOf(row: Row): string[] {
  const choices = Object.entries(row).map(([role, name]) => `${role}=${name}`);
  return [...choices, ...choices.flatMap((one, i) => choices.slice(i + 1).map((other) => `${one} ${other}`))];
}

/** Few of the rows that have every pair which any of them has: greedily, the one with most new pairs first. */
export function coveringRows(rows: readonly Row[]): Row[] {
  const pairs = new Map(rows.map((row) => [row, pairsOf(row)]));
  const uncovered = new Set([...pairs.values()].flat());
  const taken: Row[] = [];
  while (uncovered.size > 0) {
    const gain = (row: Row): number => pairs.get(row)!.filter((pair) => uncovered.has(pair)).length;
    const best = rows.reduce((most, row) => (gain(row) > gain(most) ? row : most));
    for (const pair of pairs.get(best)!) uncovered.delete(pair);
    taken.push(best);
  }
  return taken;
}
