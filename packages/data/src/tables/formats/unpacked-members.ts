import { createHash, randomUUID } from 'node:crypto';
import { createWriteStream, mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { asWriteError, realPath, temporaryPath } from '@unfold-zoo/core/files';
import type { Entry } from 'yauzl';
import { checkedStream } from './checked-member.js';

/** Where members of archives lie unpacked: `$XDG_CACHE_HOME/unfold-zoo`, by default `~/.cache/unfold-zoo`. */
export function cacheFolder(): string {
  return join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'unfold-zoo');
}

/**
 * The file that holds a member of an archive unpacked, which is made where it is not there yet.
 * @throws UserError for a disk that does not take it; what the stream throws for a member that is damaged.
 */
export async function unpack(entry: Entry, archive: string, contents: () => Promise<Readable>): Promise<string> {
  const path = join(cacheFolder(), `${keyOf(entry, archive)}.npy`);
  if (statSync(path, { throwIfNoEntry: false })?.size === entry.uncompressedSize) return path;
  const temporary = temporaryPath(`${path}.${randomUUID()}`);
  try {
    mkdirSync(cacheFolder(), { recursive: true });
    await pipeline(checkedStream(await contents(), entry.crc32), createWriteStream(temporary));
    renameSync(temporary, path);
    return path;
  } catch (error) {
    rmSync(temporary, { force: true });
    throw asWriteError(path, error);
  }
}

/** A member of an archive that was written at another time is another. */
function keyOf({ fileName, crc32, uncompressedSize }: Entry, archive: string): string {
  const { mtimeMs, size } = statSync(archive);
  const facts = [realPath(archive), mtimeMs, size, fileName, crc32, uncompressedSize];
  return createHash('sha256').update(JSON.stringify(facts)).digest('hex').slice(0, 32);
}
