// What has changed between two snapshots of a public API, in words.

/** Names that came, went or are declared otherwise, as lines; both snapshots are as written by scripts/api.mjs. */
export function changesOf(before, after) {
  const [old, current] = [entriesOf(before), entriesOf(after)];
  const names = [...new Set([...old.keys(), ...current.keys()])].sort();
  return names
    .filter((name) => old.get(name) !== current.get(name))
    .flatMap((name) => [
      `  ${name} ${wordFor(old.get(name), current.get(name))}`,
      ...linesOf(old.get(name), '-', current.get(name)),
      ...linesOf(current.get(name), '+', old.get(name)),
    ]);
}

function wordFor(old, current) {
  if (old === undefined) return 'is new';
  return current === undefined ? 'is gone' : 'has changed';
}

/** The lines of an entry that the other has not. */
function linesOf(entry = '', sign, other = '') {
  const rest = new Set(other.split('\n'));
  return entry
    .split('\n')
    .filter((line) => line !== '' && !rest.has(line))
    .map((line) => `    ${sign} ${line}`);
}

/** By name, the text that follows its line `## name`. */
function entriesOf(snapshot) {
  const parts = snapshot.split(/^## (.+)\n/m).slice(1);
  return new Map(parts.flatMap((name, i) => (i % 2 === 0 ? [[name, parts[i + 1]]] : [])));
}
