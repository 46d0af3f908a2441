// Time of one all-reduce of the gradients of the paper's model (4.5 million numbers, 18 MB) between local workers.
//   node bench/all-reduce.mjs [workers] [repetitions]
import { localWorkers } from '@unfold-zoo/distributed';

const [workers = '2', repetitions = '60'] = process.argv.slice(2);
/** As many arrays as the model has parameters. */
const ARRAYS = 526;
const NUMBERS = 4_500_000;

const communicator = localWorkers({ workers: Number(workers), timeoutSeconds: 60 });
await communicator.open();
const gradients = Array.from({ length: ARRAYS }, () => new Float32Array(Math.round(NUMBERS / ARRAYS)).fill(1));
const one = [new Float32Array(1)];
report('18 MB', await times(gradients));
report('4 bytes', await times(one));
await communicator.close();

async function times(arrays) {
  const milliseconds = [];
  for (let i = 0; i < Number(repetitions); i++) {
    const start = performance.now();
    await communicator.allReduceMean(arrays);
    milliseconds.push(performance.now() - start);
  }
  return milliseconds.sort((a, b) => a - b);
}

function report(what, milliseconds) {
  if (communicator.rank !== 0) return;
  const at = (part) => milliseconds[Math.floor(part * (milliseconds.length - 1))].toFixed(3);
  process.stdout.write(`${what} among ${workers}: median ${at(0.5)} ms, fastest ${at(0)}, slowest ${at(1)}\n`);
}
