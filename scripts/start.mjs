// The main job: simulate events, train every model, sample, evaluate, rank. See packages/runs/benchmarks/quick.yaml.
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const unfold = join(root, 'packages/cli/bin/unfold.js');
const args = process.argv.length > 2 ? process.argv.slice(2) : ['benchmark', 'quick', '--force'];
const { status } = spawnSync(process.execPath, [unfold, ...args], { cwd: root, stdio: 'inherit' });
process.exitCode = status ?? 1;
if (status === 0 && process.argv.length === 2)
  console.log('look at single events in a browser: npm run unfold -- explore benchmarks/quick');
