import type { z } from 'zod';

/** A command: what it takes, in one schema, and what it does with that. */
export interface Command<Options extends z.ZodObject = z.ZodObject> {
  /**
   * Everything that may be typed after the name, by its name in camelCase. Flags, help, the reference and the type of
   * what `run` gets follow from it; `.meta({ short: 'o', placeholder: 'folder' })` makes the flag `-o, --out <folder>`.
   */
  readonly options: Options;
  /** Those options that are typed without a flag, in their order. The last one may be a list. */
  readonly positional?: readonly (keyof z.output<Options> & string)[];
  /** Whether all workers that a launcher starts run it together. Else the first of them runs it alone. */
  readonly collective?: boolean;
  /** Whether what it prints is all that it does. Others write files, and what they print decides nothing. */
  readonly onlyPrints?: boolean;
  run(options: z.output<Options>): void | Promise<void>;
}

/** A command of the command line. Its file is loaded when the command is asked for. */
export function defineCommand<Options extends z.ZodObject>(command: Command<Options>): Command<Options> {
  return command;
}

/** A line in the list of commands. */
export interface CommandEntry {
  readonly name: string;
  /** What it does, in a line of help. */
  readonly description: string;
  /** Loads the file that defines it. */
  load(): Promise<{ readonly command: Command }>;
}

/** Commands with a common first word: `create config` and `create plugin`. */
export interface CommandGroup {
  readonly name: string;
  readonly description: string;
  readonly commands: readonly CommandEntry[];
}

/** The commands of a command line. */
export type CommandList = readonly (CommandEntry | CommandGroup)[];
