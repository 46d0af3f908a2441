import { readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { CheckpointStore } from '@unfold-zoo/core';
import { checkpointOf } from './checkpoints.js';

// Saves checkpoints as fast as it can until it is killed, each step twice, and prints every step once it is saved.
const [directory = ''] = process.argv.slice(2);
const store = new CheckpointStore(directory);
const latest = store.newestGood();
const first = latest ? JSON.parse(readFileSync(join(latest.path, 'state.json'), 'utf8')).step : 0;
for (let step = first + 1; ; step++) {
  for (const finished of [false, true]) {
    store.save(checkpointOf(step, { finished }), { best: step % 5 === 0, keep: 1 });
    writeSync(1, `${step}\n`);
  }
}
