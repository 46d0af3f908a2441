import { randomBytes } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { asWriteError } from '@unfold-zoo/core/files';

/** Where the other ranks find rank 0. */
export interface Meeting {
  /** Of every network interface of its host. */
  readonly addresses: readonly string[];
  readonly port: number;
  /** What the ranks alone know, 64 hexadecimal digits. */
  readonly secret: string;
}

/** Name of the file in the folder of the benchmark, which all ranks see; its owner alone may read it. */
export const MEETING_FILE = '.ranks.json';

export function newSecret(): string {
  return randomBytes(32).toString('hex');
}

/** @throws UserError where the folder cannot be written. */
export function writeMeeting(folder: string, { port, secret }: Omit<Meeting, 'addresses'>): void {
  const path = join(folder, MEETING_FILE);
  const addresses = Object.values(networkInterfaces()).flatMap((all = []) => all.map(({ address }) => address));
  try {
    rmSync(path, { force: true });
    writeFileSync(path, JSON.stringify({ addresses, port, secret } satisfies Meeting), { mode: 0o600, flag: 'wx' });
  } catch (error) {
    throw asWriteError(path, error);
  }
}

/** Undefined while there is none, and while it is being written. */
export function readMeeting(folder: string): Meeting | undefined {
  try {
    return JSON.parse(readFileSync(join(folder, MEETING_FILE), 'utf8')) as Meeting;
  } catch {
    return undefined;
  }
}

export function removeMeeting(folder: string): void {
  rmSync(join(folder, MEETING_FILE), { force: true });
}
