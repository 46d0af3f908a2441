// Reads damaged files, configs and assignments for an hour. Exit code 1 if any is read wrongly, crashes, hangs or takes
// more than 1 GB. Options: --minutes, --cases (of all readers together), --seed, --reader, --case.
import { parseArgs } from 'node:util';
import { readers } from '../test/dist/fuzz/cases.js';
import { WatchedProcess } from '../test/dist/fuzz/watched.js';
import { fuzzKills } from './fuzz-kills.mjs';

const { values } = parseArgs({
  options: {
    ...{ minutes: { type: 'string', default: '60' }, cases: { type: 'string', default: 'Infinity' } },
    ...{ seed: { type: 'string', default: '1' }, reader: { type: 'string' }, case: { type: 'string' } },
    ...{ kills: { type: 'boolean', default: false }, command: { type: 'string' } },
  },
});
const [seed, minutes, most] = [values.seed, values.minutes, values.cases].map(Number);
if ([seed, minutes, most].some(Number.isNaN)) fail('invalid option: expected numbers for seed, minutes and cases');
if (values.kills) {
  const number = values.case === undefined ? undefined : Number(values.case);
  process.exit((await fuzzKills({ seed, minutes, most, only: values.command, number })) > 0 ? 1 : 0);
}

const names = readers.map(({ name }) => name).filter((name) => name === (values.reader ?? name));
if (names.length === 0) fail(`unknown reader ${values.reader}: one of ${readers.map(({ name }) => name).join(', ')}`);

const startedAt = performance.now();
const counts = { read: 0, refused: 0, failed: 0 };
const watched = new WatchedProcess();
let done = 0;
let shownAt = startedAt;
while (done < (values.case === undefined ? most : 1) && secondsLeft() > 0) {
  const reader = names[done % names.length];
  const number = values.case === undefined ? Math.floor(done / names.length) : Number(values.case);
  const { kind, failure } = await watched.run({ seed, reader, number });
  counts[kind]++;
  done++;
  if (kind === 'failed') {
    console.log(`npm run fuzz -- --seed ${seed} --reader ${reader} --case ${number}\n  ${failure}`);
  }
  if (performance.now() - shownAt > 10_000) show();
}
show();
watched[Symbol.dispose]();
process.exitCode = counts.failed > 0 ? 1 : 0;

function secondsLeft() {
  return 60 * minutes - (performance.now() - startedAt) / 1000;
}

function show() {
  shownAt = performance.now();
  const rate = (1000 * done) / (shownAt - startedAt);
  const left = Math.max(0, Math.min(secondsLeft(), (most - done) / rate));
  const { read, refused, failed } = counts;
  console.log(
    `${done} cases: ${read} read, ${refused} refused, ${failed} failed; ` +
      `${rate.toFixed(1)} cases/s, at most ${Math.ceil(left / 60)} min left`,
  );
}

function fail(message) {
  console.error(message);
  process.exit(2);
}
