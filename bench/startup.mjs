// How long the command line takes to answer: whole processes, and where the imports of `unfold list` spend their time.
// Wants an idle machine.
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { median } from './shared/median.mjs';

export const options = {
  repeats: { type: 'string', default: '7', description: 'processes of each command; the median is reported' },
};

const here = dirname(fileURLToPath(import.meta.url));
const unfold = join(here, '../packages/cli/bin/unfold.js');

/** Seconds that each command may take. */
const LIMITS = { '--help': 0.3, list: 1, 'describe gaussian': 1, schema: 1 };

/** Each is imported after those before it, in one process. */
const STEPS = ['zod', 'inversify', '@tensorflow/tfjs-core', '@unfold-zoo/core', '@unfold-zoo/data', '@unfold-zoo/runs'];

export function run({ repeats }) {
  const measure = (args) => Array.from({ length: Number(repeats) }, () => seconds(args));
  const commands = Object.entries(LIMITS).map(([command, limit]) => {
    const times = measure([unfold, ...command.split(' ')]);
    return [`unfold ${command}`, { seconds: median(times), fastest: Math.min(...times), limit }];
  });
  const imported = Object.entries(imports()).map(([name, time]) => [`import ${name}`, { seconds: time }]);
  return Object.fromEntries([['node alone', { seconds: median(measure(['-e', ''])) }], ...commands, ...imported]);
}

function seconds(args) {
  const started = performance.now();
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`node ${args.join(' ')} ended with code ${status}: ${stderr}`);
  return (performance.now() - started) / 1000;
}

// Resolved as the command line's own modules would.
function imports() {
  const from = pathToFileURL(join(here, '../packages/cli/startup.mjs')).href;
  const script = `
    const { createRequire } = require('node:module');
    (async () => {
      const times = {};
      for (const name of ${JSON.stringify(STEPS)}) {
        const url = name.startsWith('.') ? new URL(name, ${JSON.stringify(from)}).href
          : require('node:url').pathToFileURL(createRequire(${JSON.stringify(from)}).resolve(name)).href;
        const started = performance.now();
        await import(url);
        times[name] = (performance.now() - started) / 1000;
      }
      console.log(JSON.stringify(times));
    })();`;
  const { stdout, stderr } = spawnSync(process.execPath, ['-e', script], { encoding: 'utf8' });
  if (!stdout) throw new Error(stderr);
  return JSON.parse(stdout);
}
