import { readFileSync } from 'node:fs';
import { Command, CommanderError, InvalidArgumentError } from 'commander';

/** How a command tells the shell what became of it. */
export const EXIT = { ok: 0, failed: 1, userError: 2, interrupted: 130 } as const;

/** Runs the command line and sets the exit code: 0, 2 for the user's mistakes, 130 after Ctrl-C, else 1. */
export async function main(argv: readonly string[]): Promise<void> {
  const program = commandLine();
  program.hook('preAction', async (_, command) => {
    if (!SHARED.has(command.name()) && (await import('./own-rank.js')).ownRank() > 0) process.exit(EXIT.ok);
  });
  try {
    await program.parseAsync(argv);
    await (await import('./workers.js')).leaveWorkers();
  } catch (error) {
    process.exitCode = await report(error);
    if (!(error instanceof CommanderError))
      await (await import('./workers.js')).endWorkers(error, Number(process.exitCode));
  }
}

/** What several workers do together. Anything else is done by the first of those that a launcher starts. */
const SHARED: ReadonlySet<string> = new Set(['run', 'train', 'sample']);

async function report(error: unknown): Promise<number> {
  // commander has printed its own message, and --help and --version end this way too.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.userError;
  const { isUserError } = await import('@unfold-zoo/core');
  const { CommonFailure } = await import('@unfold-zoo/core/workers');
  const { exitCodeOf, isToldByAnother, letFirstSpeak } = await import('./workers.js');
  if (isToldByAnother(error)) return exitCodeOf(error);
  await letFirstSpeak();
  const expected = isUserError(error) || error instanceof CommonFailure;
  process.stderr.write(`${expected ? error.message : error instanceof Error ? error.stack : String(error)}\n`);
  return exitCodeOf(error);
}

// Whatever takes time to load is imported when a command runs, so that --help and mistyped options answer at once.
/** Every command with its options, for whoever runs or describes them. */
export function commandLine(): Command {
  const program = new Command('unfold')
    .description('Generative unfolding in high energy physics: train, sample and evaluate p(truth | detector).')
    .version(ownVersion())
    .exitOverride()
    .showHelpAfterError('(run with --help for what is allowed)')
    .configureOutput({ outputError: (text, write) => write(text) });

  program
    .command('run')
    .description('train, sample the test events, evaluate and write the report, in one go')
    .argument('<config>', 'a config file, or the name of a preset')
    .option('-o, --out <folder>', 'folder of the run (default: runs/<name of the config>)')
    .option('-s, --set <key=value>', 'change one value of the config; may be repeated', collect, [])
    .option('--draws <n>', 'draws per test event', positiveInteger, 1)
    .option('--events <n>', 'use only the first n test events', positiveInteger)
    .option('--force', 'replace an existing run')
    .action(async (config, options) => (await import('./commands/run.js')).run(config, options));

  program
    .command('train')
    .description('train a model')
    .argument('[config]', 'a config file, or the name of a preset')
    .option('-o, --out <folder>', 'folder of the run (default: runs/<name of the config>)')
    .option('-s, --set <key=value>', 'change one value of the config; may be repeated', collect, [])
    .option('--resume <run>', 'go on with an interrupted run, from its latest checkpoint')
    .option('--force', 'replace an existing run')
    .action(async (config, options) => (await import('./commands/train.js')).trainCommand(config, options));

  program
    .command('sample')
    .description('draw truth-level events for detector-level ones')
    .argument('<run>', 'folder of a trained run')
    .option('-s, --set <key=value>', "change one value of the run's config, e.g. data.test=other.h5", collect, [])
    .option('-o, --out <file>', 'HDF5 file to write (default: draws.h5 in the run)')
    .option('--split <split>', 'train, validation or test', 'test')
    .option('--draws <n>', 'draws per event', positiveInteger, 1)
    .option('--events <n>', 'only the first n events', positiveInteger)
    .option('--batch <n>', 'events sampled at once', positiveInteger, 1024)
    .option('--checkpoint <name>', 'latest, best or step-N', 'latest')
    .option('--seed <n>', "seed of the draws (default: the run's)", nonNegativeInteger)
    .option('--resume', 'go on with a sampling that was interrupted')
    .option('--force', 'replace an existing file')
    .action(async (run, options) => (await import('./commands/sample.js')).sampleCommand(run, options));

  program
    .command('evaluate')
    .description("compare draws with the truth by the paper's distances, and write tables and figures")
    .argument('<run>', 'folder of a sampled run')
    .option('--draws <file>', 'HDF5 file that `unfold sample` wrote (default: draws.h5 in the run)')
    .option('-o, --out <folder>', 'folder to write (default: report in the run)')
    .option('-s, --set <key=value>', "change one value of the run's config, e.g. the data of the floor", collect, [])
    .option('--bootstrap <n>', 'bootstrap replicas for the errors; 0 for none', nonNegativeInteger, 50)
    .option('--figures <which>', 'main or all', 'main')
    .option('--png', 'write the figures as PNG too')
    .option('--no-floor', 'leave out the distance between the truth and an independent truth')
    .option('--json', 'print the distances and the tables of evaluators as JSON')
    .action(async (run, options) => (await import('./commands/evaluate.js')).evaluateCommand(run, options));

  program
    .command('posterior')
    .description('draw many times for one test event, and compare with its truth and with similar training events')
    .argument('<runs...>', 'folders of trained runs, or of benchmarks: all models are shown together')
    .requiredOption('-e, --event <n>', 'number of the event in the test split, from 0', nonNegativeInteger)
    .option('--draws <n>', 'draws of each model', positiveInteger, 1000)
    .option('--particle <name>', 'particle to show; may be repeated; all for every one', collect, [])
    .option('--quantity <name>', 'quantity to show; may be repeated; all for every one', collect, [])
    .option('--reference', 'show training events too, weighted by how similar their detector configuration is')
    .option('-s, --set <key=value>', "change one value of every run's config, e.g. data.test=other.h5", collect, [])
    .option('--checkpoint <name>', 'latest, best or step-N', 'latest')
    .option('--seed <n>', 'seed of the draws', nonNegativeInteger, 0)
    .option('-o, --out <folder>', 'folder to write (default: posterior/event-<n> in the first folder given)')
    .option('--png', 'write the figures as PNG too')
    .option('--json', 'print as JSON')
    .action(async (runs, options) => (await import('./commands/posterior.js')).posteriorCommand(runs, options));

  program
    .command('benchmark')
    .description('train, sample and evaluate several models on the same events, and rank them')
    .argument('<config>', 'a benchmark file, or the name of one that comes along: quick, cpu, paper')
    .option('-o, --out <folder>', 'folder of the benchmark (default: benchmarks/<its name>)')
    .option('-s, --set <key=value>', 'change one value of the benchmark; may be repeated', collect, [])
    .option('-j, --jobs <n>', 'models at the same time, each in a process of its own', positiveInteger)
    .option('--force', 'train again those models whose settings changed')
    .action(async (config, options) => (await import('./commands/benchmark.js')).benchmarkCommand(config, options));

  program
    .command('generate')
    .description('simulate semileptonic top-pair events with the built-in generator')
    .requiredOption('-o, --out <file>', 'HDF5 file to write')
    .requiredOption('-n, --events <n>', 'selected events', positiveInteger)
    .option('--seed <n>', 'seed', nonNegativeInteger, 0)
    .option('--force', 'replace an existing file')
    .action(async (options) => (await import('./commands/generate.js')).generateCommand(options));

  program
    .command('inspect')
    .description('say what is in a data file, a file of draws, or a run')
    .argument('<path>', 'HDF5 file or run folder')
    .option('--topology <name>', 'event description of a data file', 'semileptonic-ttbar')
    .option('--json', 'print as JSON')
    .action(async (path, options) => (await import('./commands/inspect.js')).inspectCommand(path, options));

  program
    .command('doctor')
    .description('say what this machine has for training, what is missing, and how to get it')
    .option('--json', 'print as JSON')
    .action(async (options) => (await import('./commands/doctor.js')).doctorCommand(options));

  addPartCommands(program);
  return program;
}

/** What tells of components, and of configs and plugins made of them. */
function addPartCommands(program: Command): void {
  const withPlugins = (command: Command): Command =>
    command
      .option('-c, --config <config>', 'a config whose plugins are looked at too')
      .option('-p, --plugin <plugin>', 'a package or file that is looked at too; may be repeated', collect, []);

  withPlugins(program.command('list'))
    .description('list the kinds that a config can choose for each role')
    .argument('[role]', 'one role, e.g. schedule')
    .option('--options', 'with the options of each')
    .option('--json', 'print as JSON')
    .action(async (role, options) => (await import('./commands/list.js')).listCommand(role, options));

  withPlugins(program.command('describe'))
    .description('say what a kind is, which options it has and what it needs')
    .argument('<kind>', 'e.g. gaussian')
    .option('--json', 'print as JSON')
    .action(async (kind, options) => (await import('./commands/describe.js')).describeCommand(kind, options));

  withPlugins(program.command('schema'))
    .description('write the JSON Schema of configs, for completion in editors')
    .option('-o, --out <file>', 'file to write (default: print)')
    .action(async (options) => (await import('./commands/schema.js')).schemaCommand(options));

  const config = program.command('config').description('look at configs');
  config
    .command('check')
    .description('check a config as a run would, without running it')
    .argument('<config>', 'a config file, or the name of a preset')
    .option('-s, --set <key=value>', 'change one value of the config; may be repeated', collect, [])
    .option('--resolved', 'print the config with every default, and where each value came from')
    .action(async (name, options) => (await import('./commands/config.js')).checkCommand(name, options));

  const create = program.command('create').description('make a config or a plugin to start from');
  create
    .command('config')
    .description('write a config of chosen parts, with a comment on every option')
    .argument('<file>', 'YAML file to write')
    .option('--model <kind>', 'default: the first that is listed, as for every role')
    .option('--condition-encoder <kind>')
    .option('--codec <kind>')
    .option('--schedule <kind>')
    .option('--denoiser <kind>')
    .option('--sampler <kind>')
    .option('--data <kind>', 'default: ttbar-generator')
    .option('-p, --plugin <plugin>', 'a package or file that has some of them; may be repeated', collect, [])
    .option('--part <role=kind>', 'a kind of any other role; may be repeated', collect, [])
    .action(async (file, options) => (await import('./commands/create-config.js')).createConfigCommand(file, options));
  create
    .command('plugin')
    .description('make a package with one component, its test and a config that uses it')
    .argument('<folder>', 'folder to make')
    .option('--role <role>', 'schedule, sampler, metrics, evaluators or conditionEncoder', 'schedule')
    .option('--name <name>', 'name of the package (default: that of the folder)')
    .action(async (folder, options) =>
      (await import('./commands/create-plugin.js')).createPluginCommand(folder, options),
    );

  program
    .command('setup')
    .description('build what is not built yet')
    .argument('<what>', 'native, the compiled engine, or tensorflow, TensorFlow for configs in this folder')
    .option('--gpu', 'tensorflow: for a GPU')
    .option('--python <path>', 'tensorflow: Python whose TensorFlow is used (default: $TF_PYTHON, or python3)')
    .option('--undo', 'tensorflow: remove what this command made in this folder')
    .action(async (what, options) => (await import('./commands/setup.js')).setupCommand(what, options));
}

function ownVersion(): string {
  const manifest = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}

function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}

function positiveInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new InvalidArgumentError('expected a positive integer');
  return value;
}

function nonNegativeInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0) throw new InvalidArgumentError('expected a non-negative integer');
  return value;
}
