// The chain of commands on many events, by phase: rates and memory should not depend on how many there are.
import { spawn } from 'node:child_process';
import { linkSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { UserError } from '@unfold-zoo/core';
import { positive } from './shared/positive.mjs';

const COMMAND = fileURLToPath(new URL('../packages/cli/bin/unfold.js', import.meta.url));
const REPORT_USAGE = new URL('shared/report-usage.mjs', import.meta.url).href;

export const options = {
  events: { type: 'string', default: '1000000', description: 'generated events' },
  copies: {
    type: 'string',
    default: '1',
    description: 'how often these are listed as data, for sizes that take long to generate',
  },
  preset: { type: 'string', default: 'small', description: 'preset or config file' },
  engine: { type: 'string', default: '{kind: native, threads: 1}', description: 'engine, in YAML' },
  steps: { type: 'string', default: '200', description: 'training steps after the first' },
  sampler: { type: 'string', default: '{kind: ddim, steps: 2}', description: 'in YAML; short, as it reads and writes' },
  bootstrap: { type: 'string', default: '10', description: 'replicas of the evaluation' },
  folder: { type: 'string', default: tmpdir(), description: 'where the events and draws go, 1 kB an event' },
};

export async function run({ preset, engine, sampler, folder, ...numbers }) {
  const [events, copies, steps, bootstrap] = ['events', 'copies', 'steps', 'bootstrap'].map((name) =>
    positive(name, numbers[name]),
  );
  const work = mkdtempSync(join(folder, 'unfold-scale-'));
  try {
    const first = join(work, 'events.h5');
    const generate = await phase(work, events, ['generate', '--out', first, '--events', `${events}`]);
    const linked = (name) => Array.from({ length: copies }, (_, copy) => link(first, join(work, `${name}-${copy}.h5`)));
    const all = events * copies;
    const splits = `train: [${linked('train')}], test: [${linked('test')}]`;
    const data = `data={kind: hdf5, topology: semileptonic-ttbar, ${splits}}`;
    const train = (name, count) => {
      const settings = [data, `engine=${engine}`, `sampler=${sampler}`, `training.steps=${count}`, ...RARELY];
      return phase(work, all, ['train', preset, '--out', name, ...settings.flatMap((set) => ['--set', set])]);
    };
    const scaling = await train('first', 1);
    const training = await train('run', steps + 1);
    const added = training.processorSeconds - scaling.processorSeconds;
    const sample = await phase(work, all, ['sample', 'run']);
    const evaluate = await phase(work, all, ['evaluate', 'run', '--bootstrap', `${bootstrap}`, '--no-floor']);
    const size = (name) => statSync(join(work, name)).size;
    return {
      events: all,
      phases: {
        generate,
        scaling,
        training: { ...training, processorMsPerStep: (1000 * added) / steps },
        sample,
        evaluate,
      },
      bytesPerEvent: size('events.h5') / events,
      bytesPerDraw: size('run/draws.h5') / all,
    };
  } finally {
    rmSync(work, { recursive: true });
  }
}

/** The same events under another name, since data may name a file once. */
function link(file, name) {
  linkSync(file, name);
  return name;
}

/** Validation and checkpoints at the end alone. */
const RARELY = ['training.validateEvery=1000000', 'training.checkpointEvery=1000000'];

/** Runs a command in a process of its own. Its rate is that of processor time, which other load disturbs little. */
async function phase(cwd, events, args) {
  const started = performance.now();
  const child = spawn(process.execPath, ['--import', REPORT_USAGE, COMMAND, ...args], {
    cwd,
    stdio: ['ignore', 'ignore', 'inherit', 'pipe'],
  });
  let usage = '';
  child.stdio[3].setEncoding('utf8').on('data', (text) => {
    usage += text;
  });
  const code = await new Promise((resolve) => child.once('close', resolve));
  if (code !== 0) throw new UserError(`unfold ${args[0]} ended with code ${code}`);
  const { userCPUTime, systemCPUTime, maxRSS } = JSON.parse(usage);
  const processorSeconds = (userCPUTime + systemCPUTime) / 1e6;
  const found = {
    seconds: (performance.now() - started) / 1000,
    processorSeconds,
    eventsPerProcessorSecond: events / processorSeconds,
    peakMemoryBytes: maxRSS * 1024,
  };
  // Long before the others have ended.
  process.stderr.write(`${args[0]}: ${JSON.stringify(found)}\n`);
  return found;
}
