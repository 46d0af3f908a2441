// Which files of tests run in one process. Each process loads the packages anew, which takes longer than most files
// run, so a group is a module that imports its files; ava runs the tests of all of them as those of one file.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const tests = 'test/dist';
const groups = `${tests}/groups`;

/** Folders by the group that their files run in. Files of other folders run alone. */
const GROUPS = {
  core: ['core', 'core/config', 'core/training'],
  data: ['data'],
  explore: ['explore'],
  measurement: ['measurement'],
  metrics: ['metrics'],
  report: ['report'],
};

/**
 * What shows that a file needs a process of its own: a tfjs backend, which runs and commands start, or the environment,
 * which are those of the whole process; other processes that it starts and stops; hooks around each test, which would
 * be around those of others; and `await` outside of tests, since ava takes only tests that are declared at once.
 */
const NEEDS_ITS_OWN =
  /tfjs|\/runs\b|cli\/unfold|process\.(env|kill|on)\b|\.kill\(|\bstart\(|(before|after)Each|^(?!.*async)\S.*\bawait /m;

/** What takes longest, longest first, so that no core is idle at the end. Those that wait stand between others. */
const LONGEST = [
  ...['distributed/mpi-faults', 'groups/data', 'cli/benchmark', 'distributed/processes-faults', 'distributed/deaths'],
  ...['engines/processes', 'diagnostics/calibration', 'distributed/mpi-training', 'distributed/processes-runs'],
  ...['trust/received', 'core/testing/built-in', 'fuzz/fuzz', 'kills/kills', 'parts/samplers', 'runs/measure'],
  ...['diagnostics/physics-and-samples', 'options/options', 'models-baselines/posterior', 'models-vld/vld'],
  ...['docs/library', 'cli/chain', 'groups/measurement', 'groups/metrics', 'groups/core'],
];

/** Writes the groups; returns all files to run, relative to the root of the repository. */
export function groupTests() {
  rmSync(join(root, groups), { recursive: true, force: true });
  mkdirSync(join(root, groups));
  const files = testFiles();
  const grouped = Object.entries(GROUPS).map(([name, folders]) => {
    const members = files.filter((file) => folders.includes(dirname(file)) && !needsItsOwn(file));
    writeFileSync(join(root, groups, `${name}.test.js`), members.map((file) => `import '../${file}';\n`).join(''));
    return { name, members };
  });
  const alone = files.filter((file) => !grouped.some(({ members }) => members.includes(file)));
  return [...grouped.map(({ name }) => `groups/${name}.test.js`), ...alone].map((file) => `${tests}/${file}`);
}

/** Compares two files of tests by when they are to be started. */
export function longestFirst(a, b) {
  return placeOf(a) - placeOf(b) || a.localeCompare(b);
}

function testFiles() {
  const names = readdirSync(join(root, tests), { recursive: true, encoding: 'utf8' });
  return names.map((name) => name.replaceAll('\\', '/')).filter((name) => name.endsWith('.test.js'));
}

function needsItsOwn(file) {
  return NEEDS_ITS_OWN.test(readFileSync(join(root, tests, file), 'utf8'));
}

function placeOf(file) {
  const name = join(basename(dirname(file)), basename(file, '.test.js')).replaceAll('\\', '/');
  const place = LONGEST.findIndex((each) => each.endsWith(name));
  return place < 0 ? LONGEST.length : place;
}
