import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../../errors.js';
import { readBytes } from '../../files/read-bytes.js';
import { sha256 } from '../../files/sha256.js';

/** The list of a folder's files and their SHA-256, in the format that `sha256sum -c SHA256SUMS` checks. */
export const CHECKSUMS_FILE = 'SHA256SUMS';

/** The text of the list: a line `<checksum>  <name>` for each file. */
export function formatChecksums(checksums: ReadonlyMap<string, string>): string {
  return [...checksums].map(([name, checksum]) => `${checksum}  ${name}\n`).join('');
}

/**
 * Compares every file on a folder's list with its checksum. Throws a `UserError` that names the first file that is
 * absent, differs or, being one of `names`, is not on the list.
 */
export function verifyChecksums(folder: string, names: readonly string[]): void {
  const checksums = readChecksums(join(folder, CHECKSUMS_FILE));
  for (const [name, expected] of checksums) {
    const path = join(folder, name);
    if (!existsSync(path)) throw new UserError(`missing ${path}: ${CHECKSUMS_FILE} beside it lists it`);
    const found = sha256([readBytes(path, 'a file of a checkpoint')]);
    if (found === expected) continue;
    throw new UserError(`damaged ${path}: its SHA-256 is ${found}, and ${CHECKSUMS_FILE} beside it has ${expected}`);
  }
  for (const name of names) {
    if (!checksums.has(name)) throw new UserError(`damaged ${join(folder, CHECKSUMS_FILE)}: ${name} is not on it`);
  }
}

function readChecksums(path: string): Map<string, string> {
  const text = readBytes(path, 'the checksums of a checkpoint').toString('latin1');
  const lines = text.split('\n');
  if (lines.pop() !== '' || lines.length === 0) throw new UserError(`damaged ${path}: it is empty or was cut short`);
  return new Map(lines.map((line, i) => parseLine(line, `${path}:${i + 1}`)));
}

// A name without a folder, so that a list never reaches outside its own.
function parseLine(line: string, place: string): [name: string, checksum: string] {
  const [, checksum, name] = /^([0-9a-f]{64}) {2}(\w[\w.-]*)$/.exec(line) ?? [];
  if (checksum && name) return [name, checksum];
  throw new UserError(`damaged ${place}: expected a SHA-256 of 64 hexadecimal digits, two spaces and a file's name`);
}
