import { readFileSync } from 'node:fs';
import { Command, CommanderError, InvalidArgumentError } from 'commander';

/** How a command tells the shell what became of it. */
export const EXIT = { ok: 0, failed: 1, userError: 2, interrupted: 130 } as const;

/** Runs the command line and sets the exit code: 0, 2 for the user's mistakes, 130 after Ctrl-C, else 1. */
export async function main(argv: readonly string[]): Promise<void> {
  const program = buildProgram();
  try {
    await program.parseAsync(argv);
  } catch (error) {
    process.exitCode = await report(error);
  }
}

async function report(error: unknown): Promise<number> {
  // commander has printed its own message, and --help and --version end this way too.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.userError;
  const { isUserError, TrainingDiverged } = await import('@unfold-zoo/core');
  if (isUserError(error)) {
    process.stderr.write(`${error.message}\n`);
    return EXIT.userError;
  }
  const expected = error instanceof TrainingDiverged;
  process.stderr.write(`${expected ? error.message : error instanceof Error ? error.stack : String(error)}\n`);
  return EXIT.failed;
}

// Whatever takes time to load is imported when a command runs, so that --help and mistyped options answer at once.
function buildProgram(): Command {
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
    .option('--no-floor', 'leave out the distance between the truth and an independent truth')
    .option('--json', 'print the distances as JSON instead of tables')
    .action(async (run, options) => (await import('./commands/evaluate.js')).evaluateCommand(run, options));

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

  return program;
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
