// Kills commands at steps that write files, and goes on with them. Exit code 1 if one does not end as it would have.
import { commands } from '../test/dist/kills/commands.js';
import { Killer } from '../test/dist/kills/kills.js';

/** Kills until so many cases or minutes are over; returns the number of failures. */
export async function fuzzKills({ seed, minutes, most, only, number }) {
  const names = commands.map(({ name }) => name).filter((name) => name === (only ?? name));
  if (names.length === 0) throw new Error(`unknown command: expected one of ${commands.map(({ name }) => name)}`);
  const killer = new Killer();
  try {
    return await killAll(killer, names, { seed, minutes, most: number === undefined ? most : 1, first: number ?? 0 });
  } finally {
    killer[Symbol.dispose]();
  }
}

async function killAll(killer, names, { seed, minutes, most, first }) {
  const startedAt = performance.now();
  const ends = new Map();
  let [done, failed] = [0, 0];
  while (done < most && performance.now() - startedAt < 60_000 * minutes) {
    const kill = { seed, command: names[done % names.length], number: first + Math.floor(done / names.length) };
    const { step, end, failure } = await killer.run(kill);
    done++;
    const key = `${kill.command}: ${failure === undefined ? end : 'failed'}`;
    ends.set(key, (ends.get(key) ?? 0) + 1);
    console.log(`${kill.command} ${kill.number}, killed at ${step}: ${end}`);
    if (failure === undefined) continue;
    failed++;
    console.log(`npm run fuzz -- --kills --seed ${seed} --command ${kill.command} --case ${kill.number}\n  ${failure}`);
  }
  for (const [key, count] of [...ends].sort()) console.log(`${count} ${key}`);
  console.log(`${done} kills, ${failed} failed`);
  return failed;
}
