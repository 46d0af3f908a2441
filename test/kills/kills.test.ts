import test from 'ava';
import { Killer } from './kills.js';

// `npm run fuzz -- --kills` tries all commands.
test('a command that is killed as it writes, and run again, ends as if it had never been killed', async (t) => {
  using killer = new Killer();
  for (const [command, number] of [
    ['generate', 0],
    ['train', 1],
  ] as const) {
    const { step, end, failure } = await killer.run({ seed: 1, command, number });
    t.is(failure, undefined, `${command} ${number}, killed at ${step}, then ${end}`);
  }
});
