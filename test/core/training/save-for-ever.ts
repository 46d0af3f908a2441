import { writeSync } from 'node:fs';
import { CheckpointStore, readCheckpoint } from '@unfold-zoo/core/training';
import { checkpointOf } from './checkpoints.js';

// Saves checkpoints as fast as it can until it is killed, each step twice, and prints every step once it is saved.
const [directory = ''] = process.argv.slice(2);
const store = new CheckpointStore(directory);
const first = store.newestGood(readCheckpoint)?.content.state.step ?? 0;
for (let step = first + 1; ; step++) {
  for (const finished of [false, true]) {
    store.save(checkpointOf(step, { finished }), { best: step % 5 === 0, keep: 1 });
    writeSync(1, `${step}\n`);
  }
}
