import { COMMANDS, describeCommands, type Invocation, parseCommandLine } from '@unfold-zoo/cli';
import test, { type ExecutionContext } from 'ava';

/** What a command line asks for, or what it printed and how it ended. */
async function parse(line: string): Promise<{ invocation?: Invocation; printed: string; exitCode?: number }> {
  let printed = '';
  const print = (text: string): void => {
    printed += text;
  };
  try {
    const words = line.split(' ').filter((word) => word !== '');
    return { invocation: await parseCommandLine(COMMANDS, words, { print: { out: print, error: print } }), printed };
  } catch (error) {
    return { printed, exitCode: (error as { exitCode: number }).exitCode };
  }
}

async function optionsOf(t: ExecutionContext, line: string): Promise<Record<string, unknown>> {
  const { invocation, printed } = await parse(line);
  t.truthy(invocation, printed);
  return { ...invocation?.options };
}

async function refuses(t: ExecutionContext, line: string, message: string): Promise<void> {
  const { printed, exitCode } = await parse(line);
  t.is(printed.split('\n')[0], `error: ${message}`);
  t.is(exitCode, 2);
}

test('options have their types and defaults', async (t) => {
  t.deepEqual(await optionsOf(t, 'sample runs/a --draws 4 -s a.b=1 --set c=2'), {
    run: 'runs/a',
    set: ['a.b=1', 'c=2'],
    split: 'test',
    start: 0,
    draws: 4,
    batch: 1024,
    carry: [],
    checkpoint: 'latest',
    resume: false,
    force: false,
    json: false,
    trustPlugins: false,
  });
  t.deepEqual(await optionsOf(t, 'posterior a b -e 0 --particle w --particle t --json'), {
    ...{ runs: ['a', 'b'], event: 0, draws: 1000, particle: ['w', 't'], quantity: [], reference: false },
    ...{ set: [], checkpoint: 'latest', seed: 0, png: false, json: true, force: false, trustPlugins: false },
  });
});

test('a switch that is on is turned off, and keys of several words are hyphened', async (t) => {
  t.true((await optionsOf(t, 'evaluate a'))['floor']);
  t.false((await optionsOf(t, 'evaluate a --no-floor'))['floor']);
  t.is((await optionsOf(t, 'create config a.yaml --condition-encoder deep-sets'))['conditionEncoder'], 'deep-sets');
});

test('what is wrong with an option is said with what would be right', async (t) => {
  await refuses(t, 'generate -o x.h5 -n 0', 'invalid --events: expected at least 1, got 0');
  await refuses(t, 'generate -o x.h5 -n 1.5', 'invalid --events: expected a whole number, got 1.5');
  await refuses(t, 'sample a --draws many', 'invalid --draws: expected a number, got "many"');
  await refuses(
    t,
    'sample a --split tset',
    'invalid --split: expected one of "train", "validation", "test", got "tset", did you mean "test"?',
  );
  await refuses(t, 'setup opencl', 'invalid <what>: expected one of "native", "tensorflow", got "opencl"');
});

test('options that would be left unused are refused', async (t) => {
  await refuses(t, 'setup native --gpu', 'unused --gpu, --python or --undo: only `setup tensorflow` has them');
  await refuses(
    t,
    'train --resume runs/a --force',
    'invalid --resume: it goes on with the run where it is; give it no config, --out, --from or --force',
  );
  await refuses(t, 'list schedule sampler', "too many arguments for 'list'. Expected 1 argument but got 2.");
});

test('several files where a pattern is expected are refused with how they are given', async (t) => {
  const several = "several files are one argument: a pattern in quotes, 'data/*.root', or their folder";
  for (const line of ['inspect a.root b.root', 'map a.root b.root -o tops.yaml'])
    await refuses(t, line, `too many arguments for '${line.split(' ')[0]}'. Expected 1 argument but got 2; ${several}`);
  await refuses(
    t,
    'convert a.root b.root out.parquet',
    `too many arguments for 'convert'. Expected 2 arguments but got 3; ${several}`,
  );
  t.is((await optionsOf(t, 'inspect data/*.root'))['path'], 'data/*.root');
});

test('the help of every command shows each of its options, with its type and its default', async (t) => {
  const commands = await describeCommands(COMMANDS);
  t.true(commands.length > 15);
  for (const { name, options } of commands) {
    const { printed, exitCode } = await parse(`${name} --help`);
    const help = printed.replaceAll(/\s+/g, ' ');
    t.is(exitCode, 0);
    for (const option of options) {
      t.true(help.includes(option.isPositional ? ` ${option.key} ` : option.name), `${name} ${option.name}`);
      t.not(option.description, '', `${name} ${option.name}`);
      if (option.isNumber) t.true(help.includes(option.type), `${name} ${option.name}`);
      const fallback = option.defaultText ?? option.default;
      if (fallback !== undefined) t.true(help.includes(`default: ${fallback}`), `${name} ${option.name}`);
    }
  }
});

test('help of a command is found in both of the usual ways', async (t) => {
  t.is((await parse('help create config')).printed, (await parse('create config --help')).printed);
  t.regex((await parse('--help')).printed, /^ {2}train +train a model$/m);
});
