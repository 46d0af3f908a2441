import { execFile } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { COMMANDS, type Invocation, parseCommandLine } from '@unfold-zoo/cli';
import { isUserError, UserError } from '@unfold-zoo/core';
import { benchmarksOf, presetsOf } from '@unfold-zoo/core/config';
import { loadMapping, loadTopology } from '@unfold-zoo/data';
import test from 'ava';
import { unfold } from '../cli/unfold.js';
import { builtIn, readBenchmark, readMeasurement, readRunConfig } from './configs.js';
import { anchors, type Block, blocks, documents, links, markdownFiles, ROOT, read } from './markdown.js';
import { commandsOf, unfoldArguments } from './shell.js';
import { standsInForModel, writeStandIns } from './stand-in.js';

// Each document has a folder. Its YAML blocks are files there, by the name in their first line (`# my-run.yaml`).

const work = realpathSync(mkdtempSync(join(tmpdir(), 'unfold-docs-')));
test.after.always(() => rmSync(work, { recursive: true, force: true }));

const all = documents();
const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: Record<string, string> };
const isChecked = ({ note }: Block) => !note.startsWith('not checked: ');
const placeOf = ({ document, line }: Block) => `${document}:${line}`;
const folderOf = (document: string) => join(work, document.replaceAll('/', '_'));
const fileOf = (block: Block) => /^# ([\w.-]+\.ya?ml)\b/.exec(block.text)?.[1] ?? `block-${block.line}.yaml`;
const isBenchmark = (text: string) => /^(models|shared):/m.test(text);
const isMeasurement = (text: string) => /^observables:/m.test(text);
const isTopology = (text: string) => /^particles:/m.test(text) && /^inputs:/m.test(text);
const isMapping = (text: string) => /^particles:/m.test(text) && /^groups:/m.test(text);

/** A config for what is only a part of one: of the preset `simulated`, on events of the generator. */
function whole(text: string): string {
  const parent = /^extends:/m.test(text) || /^model:/m.test(text) ? '' : '\nextends: simulated\n';
  const data = /^data:/m.test(text) || parent ? '' : '\ndata: { kind: ttbar-generator }\n';
  return `${text}${parent}${data}`;
}

for (const document of all) {
  const folder = folderOf(document);
  mkdirSync(folder);
  for (const block of blocks(document).filter(({ language }) => language === 'yaml')) {
    const isWhole = [isBenchmark, isMeasurement, isTopology, isMapping].some((is) => is(block.text));
    const text = isWhole ? block.text : whole(block.text);
    writeFileSync(join(folder, fileOf(block)), text);
    writeStandIns(block.text, folder);
  }
}

async function checkYaml(path: string, overrides: readonly string[] = []): Promise<void> {
  const text = readFileSync(path, 'utf8');
  if (isTopology(text)) loadTopology(path);
  else if (isMapping(text)) loadMapping(path);
  else if (isBenchmark(text)) await readBenchmark(path, overrides);
  else if (isMeasurement(text)) await readMeasurement(path, { set: overrides });
  else {
    const message = await mistake(() => readRunConfig(path, { set: overrides }));
    if (message !== '' && !(message.startsWith('unused ') && standsInForModel(text))) throw new UserError(message);
  }
}

async function mistake(work: () => Promise<unknown>): Promise<string> {
  try {
    await work();
    return '';
  } catch (error) {
    if (!isUserError(error)) throw error;
    return error.message;
  }
}

for (const document of all) {
  const yaml = blocks(document).filter(({ language }) => language === 'yaml');
  if (yaml.length === 0) continue;
  test.serial(
    `every YAML of ${document} is what it says: a config, a benchmark, a topology, a mapping, or refused`,
    async (t) => {
      for (const block of yaml.filter(isChecked)) {
        const message = await mistake(() => checkYaml(join(folderOf(document), fileOf(block))));
        const refused = /^refused: (.*)$/.exec(block.note)?.[1];
        if (refused === undefined) t.is(message, '', placeOf(block));
        else t.true(message.includes(refused), `${placeOf(block)}: ${message || 'it is accepted'}`);
      }
    },
  );
}

test.serial('every YAML of examples and benchmarks loads', async (t) => {
  const files = ['examples', 'packages/runs/benchmarks', 'packages/runs/measurements', 'packages/data/topologies']
    .filter((folder) => existsSync(join(ROOT, folder)))
    .flatMap((folder) =>
      readdirSync(join(ROOT, folder), { recursive: true }).map((name) => join(ROOT, folder, String(name))),
    )
    .filter((file) => /\.ya?ml$/.test(file) && !/node_modules|dist|runs/.test(file))
    // Those of packages are run by scripts/check-packages.mjs.
    .filter((file) => !existsSync(join(dirname(file), '../package.json')) || !file.includes('/examples/'));
  for (const file of files) {
    // Plugins of examples are packages of their own, which are built and run where they are packed.
    const copy = join(work, 'examples', file.slice(ROOT.length));
    const text = readFileSync(file, 'utf8');
    if (/^plugins:/m.test(text)) {
      mkdirSync(dirname(copy), { recursive: true });
      writeFileSync(copy, text);
      writeStandIns(text, dirname(copy));
    }
    t.is(await mistake(() => checkYaml(existsSync(copy) ? copy : file)), '', file);
  }
});

/** Commands that do what their name says wherever they stand. */
const KNOWN = new Set(['cd', 'mkdir', 'cp', 'git']);

for (const document of all) {
  const shell = blocks(document).filter(({ language, note }) => language === 'sh' && !note.startsWith('not checked: '));
  if (shell.length === 0) continue;
  test.serial(`every command of ${document} exists, with its options, presets and files`, async (t) => {
    for (const block of shell) {
      for (const command of commandsOf(block.text)) {
        const args = unfoldArguments(command);
        const problem = args ? await problemOf(args, document) : problemOfOther(command, document);
        t.is(problem, '', `${placeOf(block)}: ${command.join(' ')}`);
      }
    }
  });
}

function problemOfOther(command: readonly string[], document: string): string {
  const [program, ...args] = command;
  const operands = args.filter((each) => !each.startsWith('-'));
  if (KNOWN.has(program!)) return '';
  if (program === 'npm') {
    if (['install', 'pack', 'publish', 'init', 'test', 'start'].includes(operands[0]!)) return '';
    const script = operands[0] === 'run' ? operands[1]! : '';
    if (!Object.hasOwn(manifest.scripts, script)) return `package.json has no script ${script}`;
    return script === 'bench' ? missing(`bench/${operands[2]}.mjs`) : '';
  }
  if (program === 'npx')
    return operands[0] === 'ava'
      ? missing(operands[1]!.replace('/dist', '').replace('.js', '.ts'))
      : `what is ${operands[0]}`;
  if (program === 'node' || program === 'sh') {
    const found = [ROOT, ...ownFolders(document)].some((folder) => existsSync(join(folder, operands[0]!)));
    return found ? '' : `there is no ${operands[0]}`;
  }
  return 'nobody knows this command; say above the block why: <!-- not checked: reason -->';
}

/** Where the commands of a document may stand: its own folder, and those that it goes to. */
function ownFolders(document: string): string[] {
  const visited = [...read(document).matchAll(/^cd (\S+)$/gm)].map(([, folder]) => folder!);
  return [dirname(document), ...visited].map((folder) => join(ROOT, folder));
}

function missing(path: string): string {
  return existsSync(join(ROOT, path)) ? '' : `there is no ${path}`;
}

/** What a command asks for, by the real command line; its problem if there is one, and neither for `--help`. */
async function parsed(args: readonly string[]): Promise<{ invocation?: Invocation; problem: string }> {
  const print = { out: () => {}, error: () => {} };
  try {
    return { invocation: await parseCommandLine(COMMANDS, args, { print }), problem: '' };
  } catch (error) {
    const { message, exitCode } = error as { message: string; exitCode?: number };
    return { problem: exitCode === 0 ? '' : message };
  }
}

/** Options that several commands have. */
interface CommonOptions {
  readonly config?: string;
  readonly kind?: string;
  readonly role?: string;
  readonly plugin?: readonly string[];
  readonly set?: readonly string[];
}

async function problemOf(args: readonly string[], document: string): Promise<string> {
  const { invocation, problem } = await parsed(args);
  if (!invocation) return problem;
  const { name } = invocation;
  const { config, kind, role, plugin = [], set = [] }: CommonOptions = invocation.options;
  if (['run', 'train', 'config check', 'benchmark'].includes(name) && config !== undefined) {
    const known = name === 'benchmark' ? benchmarksOf(builtIn.plugins) : presetsOf(builtIn.plugins);
    const path = known.names.includes(config) ? config : fileNamed(config, document);
    if (path === '') return '';
    if (path === undefined) return `no preset, no YAML of this document and no file is called ${config}`;
    return mistake(() => (name === 'benchmark' ? readBenchmark(path, set) : readRunConfig(path, { set })));
  }
  if (name === 'measure') {
    const { measurement } = invocation.options as { measurement: string };
    return mistake(() => readMeasurement(fileNamed(measurement, document) ?? measurement, { set }));
  }
  if (['sample', 'evaluate', 'posterior'].includes(name)) return mistake(() => readRunConfig('sample', { set }));
  if (name === 'describe' && plugin.length === 0 && config === undefined) {
    const kinds = builtIn.roles.flatMap((each) => builtIn.components(each).map((one) => one.kind));
    return kinds.includes(kind!) ? '' : `there is no kind ${kind}`;
  }
  const namesRole = name === 'list' || name === 'create plugin';
  return namesRole && role !== undefined && !builtIn.roles.includes(role) ? `there is no role ${role}` : '';
}

/** A config that a document names: its own YAML, a file of the repository; empty where a command of it makes it. */
function fileNamed(name: string, document: string): string | undefined {
  const places = [folderOf(document), ROOT, ...ownFolders(document)];
  const found = places.map((place) => join(place, name)).find((path) => existsSync(path));
  if (found) return found;
  const text = read(document);
  const isMade =
    text.includes(`create config ${name}`) || (name === 'configs/example.yaml' && text.includes('create plugin'));
  return isMade ? '' : undefined;
}

/** What makes any training one of moments. */
const TINY = [
  'data={kind: ttbar-generator, train: 64, validation: 16, test: 16}',
  ...['steps=2', 'batchSize=8', 'warmupSteps=0', 'validationEvents=8', 'fineTune.steps=0'].map(
    (each) => `training.${each}`,
  ),
  'conditionEncoder={kind: deep-sets, width: 8}',
  'codec={encoderBlocks: 1, decoderBlocks: 1}',
  'denoiser={width: 16, blocks: 1}',
  'model.diffusion.noiseDraws=1',
  'sampler.steps=4',
].flatMap((each) => ['--set', each]);

for (const document of all) {
  const shell = blocks(document).filter(({ language, note }) => language === 'sh' && note === 'run');
  if (shell.length === 0) continue;
  test.serial(`the commands of ${document} do what it says, one after the other`, async (t) => {
    t.timeout(300_000);
    let cwd = folderOf(document);
    for (const command of shell.flatMap(({ text }) => commandsOf(text))) {
      const args = unfoldArguments(command);
      if (command[0] === 'cd') cwd = join(cwd, command[1]!);
      else if (args) {
        // A check simulates the events that a training would learn from.
        const isTraining = ['run', 'train', 'config'].includes(args[0]!) && !args.includes('--resume');
        const { code, stderr } = await unfold(cwd, ...args, ...(isTraining ? TINY : []));
        t.is(code, 0, `${document}: ${command.join(' ')}\n${stderr}`);
      } else if (command[0] === 'mkdir') mkdirSync(join(cwd, command[1]!), { recursive: true });
      else if (command[0] === 'npm' && command[1] === 'install') linkPackages(cwd);
      else await promisify(execFile)(command[0]!, command.slice(1), { cwd });
    }
  });
}

// Installed from the registry by a user; what they would get is already here.
function linkPackages(folder: string): void {
  const target = join(folder, 'node_modules');
  if (!existsSync(target)) symlinkSync(join(ROOT, 'node_modules'), target, 'dir');
}

test('every link leads to a file that exists, and to a heading that it has', (t) => {
  for (const document of markdownFiles()) {
    for (const { path, anchor } of links(document)) {
      t.true(existsSync(join(ROOT, path)), `${document}: ${path}`);
      if (anchor !== '' && path.endsWith('.md'))
        t.true(anchors(path).includes(anchor), `${document}: ${path}#${anchor}`);
    }
  }
});

test('the reference is what the schemas and the command line say', async (t) => {
  await t.notThrowsAsync(promisify(execFile)(process.execPath, [join(ROOT, 'scripts/reference.mjs'), '--check']));
});

test('the map of the paper has every equation, table, figure and appendix, once', (t) => {
  const map = read('docs/paper.md');
  const section = (title: string): string => map.split(/^## /m).find((each) => each.startsWith(title))!;
  const numbered = (title: string): number[] => {
    const firsts = [...section(title).matchAll(/^\| ([\d, to]+) \|/gm)].map(([, first]) => first!);
    return firsts.flatMap((first) => {
      const [low, high] = first.split(' to ').map(Number);
      if (high === undefined) return first.split(', ').map(Number);
      return Array.from({ length: high - low! + 1 }, (_, i) => low! + i);
    });
  };
  const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i + 1);
  t.deepEqual(numbered('Equations'), upTo(16));
  t.deepEqual(numbered('Tables'), upTo(10));
  t.deepEqual(numbered('Figures'), upTo(18));
  for (const letter of 'ABCDEFGH') t.regex(section('Appendices'), new RegExp(`^\\| .*\\b${letter}\\b`, 'm'), letter);
});
