import type { CommandEntry, CommandList } from './command.js';
import { type Flag, flagsOf } from './flags.js';

/** A command for a reference. */
export interface CommandDescription {
  /** With its group: `create config`. */
  readonly name: string;
  readonly description: string;
  /** Named as they are typed: `-o, --out <folder>`. */
  readonly options: readonly Flag[];
}

/** Every command with its options, from the schemas that the command line itself parses with. */
export async function describeCommands(commands: CommandList): Promise<CommandDescription[]> {
  const entries = commands.flatMap((each) =>
    'commands' in each ? each.commands.map((one) => ({ ...one, name: `${each.name} ${one.name}` })) : [each],
  );
  return Promise.all(entries.map(describeCommand));
}

async function describeCommand({ name, description, load }: CommandEntry): Promise<CommandDescription> {
  const { command } = await load();
  return { name, description, options: flagsOf(command).map((flag) => ({ ...flag, name: flag.syntax })) };
}
