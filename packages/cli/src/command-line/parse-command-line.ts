import { readFileSync } from 'node:fs';
import { EXIT } from '@unfold-zoo/core/exit-codes';
import { CommanderError, Command as Parser } from 'commander';
import type { Command, CommandEntry, CommandGroup, CommandList } from './command.js';

/** A command that was asked for, and its checked options with their defaults. */
export interface Invocation {
  /** `train`, `create config`. */
  readonly name: string;
  readonly command: Command;
  readonly options: Readonly<Record<string, unknown>>;
}

/** What to parse with. */
export interface ParserOptions {
  /** Gets help, the version and what is wrong. */
  readonly print?: { out(text: string): void; error(text: string): void };
}

/**
 * Finds the command that the words after the program's name ask for, and checks its options. Loads that command's file
 * and no other.
 * @throws CommanderError after printing help or the version, with exit code 0, or what is wrong with the words, with 2.
 */
export async function parseCommandLine(
  commands: CommandList,
  words: readonly string[],
  { print }: ParserOptions = {},
): Promise<Invocation> {
  const found: { invocation?: Invocation } = {};
  const parser = newParser(print);
  const typed = words[0] === 'help' ? [...words.slice(1), '--help'] : words;
  const names = typed.filter((word) => !word.startsWith('-'));
  await addCommands(parser, commands, names, (invocation) => {
    found.invocation = invocation;
  });
  await parser.parseAsync(typed, { from: 'user' });
  // Unless it has found a command, commander has printed help and thrown.
  return found.invocation!;
}

function newParser(print: ParserOptions['print']): Parser {
  const parser = new Parser('unfold')
    .description('Generative unfolding in high energy physics: train, sample and evaluate p(truth | detector).')
    .version(ownVersion())
    .exitOverride(({ exitCode, code, message }) => {
      throw new CommanderError(exitCode === 0 ? EXIT.ok : EXIT.userError, code, message);
    })
    .showHelpAfterError('(run with --help for what is allowed)')
    .addHelpText('after', '\nunfold <command> --help shows the options of a command and their defaults');
  return print ? parser.configureOutput({ writeOut: print.out, writeErr: print.error }) : parser;
}

function ownVersion(): string {
  const manifest = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}

type OnInvocation = (invocation: Invocation) => void;

/** Adds every command by name, and that which `names` ask for with its options. */
async function addCommands(
  parser: Parser,
  commands: CommandList,
  [wanted, ...names]: readonly string[],
  onInvocation: OnInvocation,
): Promise<void> {
  for (const entry of commands) {
    const own = parser.command(entry.name).description(entry.description);
    if (isGroup(entry)) await addCommands(own, entry.commands, entry.name === wanted ? names : [], onInvocation);
    else if (entry.name === wanted) await addOptions(own, entry, onInvocation);
  }
}

function isGroup(entry: CommandEntry | CommandGroup): entry is CommandGroup {
  return 'commands' in entry;
}

async function addOptions(parser: Parser, entry: CommandEntry, onInvocation: OnInvocation): Promise<void> {
  // Both load zod, which takes longer than all the rest.
  const [{ command }, { addFlags, checkedOptions, flagsOf }] = await Promise.all([entry.load(), import('./flags.js')]);
  const flags = flagsOf(command);
  addFlags(parser, flags);
  parser.action(() => {
    const isInGroup = parser.parent?.parent != null;
    const name = isInGroup ? `${parser.parent!.name()} ${parser.name()}` : parser.name();
    onInvocation({ name, command, options: checkedOptions(parser, command, flags) });
  });
}
