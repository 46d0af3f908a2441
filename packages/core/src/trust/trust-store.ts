import { chmodSync, rmSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import { z } from 'zod';
import { makeFolder, writeFileAtomically } from '../files/atomic-file.js';
import { readJson } from '../files/read-json.js';
import { sha256 } from '../files/sha256.js';
import { asWriteError } from '../files/system-errors.js';

const record = z.object({
  path: z.string().describe('Absolute path of the code, without symbolic links'),
  sha256: z.string().nullable().describe("Of the code that is trusted; null for the user's own, whatever is in it"),
});

/** Code that the user trusts. */
export type TrustRecord = Readonly<z.output<typeof record>>;

/**
 * The user's folder with a file for everything that is trusted: `unfold-zoo/trusted` in `$XDG_STATE_HOME`, else in
 * `~/.local/state`. One file each, so that no process ever rewrites what another has noted. Whatever is removed there
 * is asked about again.
 */
export function trustStore(): string {
  const state = process.env['XDG_STATE_HOME'];
  const isSet = state !== undefined && isAbsolute(state);
  return join(isSet ? state : join(homedir(), '.local', 'state'), 'unfold-zoo', 'trusted');
}

/** What the user trusts at a path. A file that is damaged, or that others could have written, says nothing. */
export function readTrust(path: string): TrustRecord | undefined {
  const file = fileOf(path);
  try {
    if (isWritableByOthers(dirname(file)) || isWritableByOthers(file)) return undefined;
    const trusted = readJson(file, record, 'a note of what is trusted');
    return trusted.path === path ? trusted : undefined;
  } catch {
    return undefined;
  }
}

/** Notes what is trusted at a path, for the user alone to read. @throws UserError where it cannot be written. */
export function writeTrust(trusted: TrustRecord): void {
  const file = fileOf(trusted.path);
  makePrivateFolder(dirname(file));
  writeFileAtomically(file, `${JSON.stringify(trusted)}\n`);
  chmodSync(file, 0o600);
}

/** Forgets what is trusted at a path. */
export function removeTrust(path: string): void {
  rmSync(fileOf(path), { force: true });
}

function makePrivateFolder(path: string): void {
  try {
    for (const made of makeFolder(path)) chmodSync(made, 0o700);
  } catch (error) {
    throw asWriteError(path, error);
  }
}

function fileOf(path: string): string {
  return join(trustStore(), `${sha256([path])}.json`);
}

function isWritableByOthers(path: string): boolean {
  const { mode, uid } = statSync(path);
  const own = process.getuid?.();
  // Windows has neither owners nor modes that say anything.
  return own !== undefined && (uid !== own || (mode & 0o022) !== 0);
}
