import { readRunConfig } from '../session.js';

/** Options of `unfold config check`. */
export interface CheckOptions {
  readonly set: readonly string[];
  readonly resolved?: boolean;
}

/** `unfold config check <config>`: every mistake that a run would refuse before it starts. */
export async function checkCommand(name: string, { set, resolved = false }: CheckOptions): Promise<void> {
  const config = await readRunConfig(name, set);
  process.stdout.write(resolved ? config.resolvedYaml() : `${name} is a valid config\n`);
}
