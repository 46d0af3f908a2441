import { statSync } from 'node:fs';
import { UserError } from '../errors.js';

/**
 * Refuses to write over a file that is read. Files are told apart by what they are and not by their names: a symbolic
 * link, a hard link and another spelling on a disk that ignores case are the file that they lead to.
 * @throws UserError that names the first of `outputs` that is one of `inputs`.
 */
export function checkOverwritesNoInput(outputs: readonly string[], inputs: readonly string[]): void {
  const known = new Map(inputs.flatMap((path) => identityOf(path).map((identity) => [identity, path])));
  for (const output of outputs) {
    const [identity] = identityOf(output);
    const input = identity === undefined ? undefined : known.get(identity);
    if (input === undefined) continue;
    const also = input === output ? '' : `, as ${input}`;
    throw new UserError(`invalid output ${output}: it is read here${also}; a file that is read is never overwritten`);
  }
}

/** Of a file that is there, in a list. What cannot be looked at is refused when it is opened. */
function identityOf(path: string): string[] {
  try {
    const { dev, ino } = statSync(path, { bigint: true });
    return [`${dev} ${ino}`];
  } catch {
    return [];
  }
}
