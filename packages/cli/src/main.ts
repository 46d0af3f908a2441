import type { CommandList } from './command-line/command.js';
import { runCommandLine } from './command-line/run-command-line.js';

/** What a user can do. The file of a command says what it takes and what it does. */
export const COMMANDS: CommandList = [
  {
    name: 'run',
    description: 'train, sample the test events, evaluate and write the report, in one go',
    load: () => import('./commands/run.js'),
  },
  { name: 'train', description: 'train a model', load: () => import('./commands/train.js') },
  {
    name: 'sample',
    description: 'draw truth-level events for detector-level ones',
    load: () => import('./commands/sample.js'),
  },
  {
    name: 'merge',
    description: 'join draws that were made in parts to the file that one drawing would have made',
    load: () => import('./commands/files/merge.js'),
  },
  {
    name: 'evaluate',
    description: "compare draws with the truth by the paper's distances, and write tables and figures",
    load: () => import('./commands/evaluate.js'),
  },
  {
    name: 'diagnose',
    description: 'say whether the posterior of one event can be trusted, of a run or of all models of a benchmark',
    load: () => import('./commands/diagnose.js'),
  },
  {
    name: 'posterior',
    description: 'draw many times for one test event, and compare with its truth and with similar training events',
    load: () => import('./commands/posterior.js'),
  },
  {
    name: 'explore',
    description: 'look at runs, events and posteriors in a browser of this machine',
    load: () => import('./commands/explore.js'),
  },
  {
    name: 'benchmark',
    description: 'train, sample and evaluate several models on the same events, and rank them',
    load: () => import('./commands/benchmark.js'),
  },
  {
    name: 'measure',
    description: 'unfold data to differential cross sections, by one method or several side by side',
    load: () => import('./commands/measure.js'),
  },
  {
    name: 'export',
    description: 'write a trained model as ONNX files, for other programs',
    load: () => import('./commands/sharing/export.js'),
  },
  {
    name: 'pack',
    description: 'make a folder of a trained model to give to others, with a model card',
    load: () => import('./commands/sharing/pack.js'),
  },
  {
    name: 'generate',
    description: 'simulate semileptonic top-pair events with the built-in generator',
    load: () => import('./commands/files/generate.js'),
  },
  {
    name: 'map',
    description: 'draft a topology and its mapping for a data file of any layout',
    load: () => import('./commands/files/map.js'),
  },
  {
    name: 'convert',
    description: 'write the events or draws of a file in another format',
    load: () => import('./commands/files/convert.js'),
  },
  {
    name: 'inspect',
    description: 'say what is in a data file, a file of draws, or a run',
    load: () => import('./commands/files/inspect.js'),
  },
  {
    name: 'doctor',
    description: 'say what this machine has for training, what is missing, and how to get it',
    load: () => import('./commands/doctor.js'),
  },
  {
    name: 'list',
    description: 'list the kinds that a config can choose for each role',
    load: () => import('./commands/kinds/list.js'),
  },
  {
    name: 'describe',
    description: 'say what a kind is, which options it has and what it needs',
    load: () => import('./commands/kinds/describe.js'),
  },
  {
    name: 'schema',
    description: 'write the JSON Schema of configs, for completion in editors',
    load: () => import('./commands/kinds/schema.js'),
  },
  {
    name: 'config',
    description: 'look at configs',
    commands: [
      {
        name: 'check',
        description: 'check a config as a run would, without running it',
        load: () => import('./commands/config-check.js'),
      },
    ],
  },
  {
    name: 'create',
    description: 'make a config or a plugin to start from',
    commands: [
      {
        name: 'config',
        description: 'write a config of chosen parts, with a comment on every option',
        load: () => import('./commands/create-config.js'),
      },
      {
        name: 'plugin',
        description: 'make a package with one component, its test and a config that uses it',
        load: () => import('./commands/create-plugin.js'),
      },
    ],
  },
  { name: 'setup', description: 'build what is not built yet', load: () => import('./commands/setup.js') },
];

/**
 * Runs the command line in this process, with its working directory and standard streams, and sets its exit code: 0, 2
 * for the user's mistakes and what the system refuses, 130 after Ctrl-C, else 1.
 * @param argv as `process.argv`: two words that are not looked at, then what is typed after `unfold`.
 * @example
 * await main([...process.argv.slice(0, 2), 'list', 'schedule']);
 */
export function main(argv: readonly string[]): Promise<void> {
  return runCommandLine(COMMANDS, argv);
}
