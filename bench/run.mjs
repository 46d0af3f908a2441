// npm run --silent bench -- <name> [options] --json
// A benchmark is a module of this folder that exports `options` (as node:util's parseArgs has them, with a
// `description` each) and `run(values)`, which returns a plain object. The last line printed is that object as JSON.
import { readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const folder = dirname(fileURLToPath(import.meta.url));
const names = readdirSync(folder)
  .filter((file) => file.endsWith('.mjs') && file !== 'run.mjs')
  .map((file) => file.slice(0, -'.mjs'.length));

const [name, ...args] = process.argv.slice(2);
if (!names.includes(name)) stop(`unknown benchmark: ${name ?? 'none given'}; expected one of ${names.join(', ')}`);

const { options, run } = await import(`./${name}.mjs`);
let values;
try {
  ({ values } = parseArgs({ args, options: { ...options, json: { type: 'boolean' }, help: { type: 'boolean' } } }));
} catch (error) {
  stop(error.message);
}
if (values.help) {
  for (const [key, { description = '', default: initial }] of Object.entries(options)) {
    console.log(`  --${key.padEnd(12)} ${description}${initial === undefined ? '' : ` (default ${initial})`}`);
  }
} else {
  await main(values);
}

async function main({ json, ...chosen }) {
  try {
    const result = { ...(await run(chosen)), processorSeconds: processorSeconds() };
    if (json) console.log(JSON.stringify({ benchmark: name, ...result }));
    else console.table(result);
  } catch (error) {
    if (!error.isUserError) throw error;
    stop(error.message);
  }
}

function processorSeconds() {
  const { userCPUTime, systemCPUTime } = process.resourceUsage();
  return (userCPUTime + systemCPUTime) / 1e6;
}

function stop(message) {
  console.error(message);
  process.exit(2);
}
