import { crc32 } from 'node:zlib';
import type { Entry } from 'yauzl';
import type { ByteRanges } from '../file-bytes.js';
import { damaged } from '../table-mistakes.js';

/**
 * The bytes of a member of an archive, whose checksum is compared when they have been read from the first to the last:
 * at no cost for whoever goes through them in order, and not at all for whoever looks at some of them.
 * @throws UserError, by `read`, for bytes of another checksum.
 */
export function checkedRanges(ranges: ByteRanges, entry: Entry, archive: string): ByteRanges {
  let [checksum, done] = [0, 0];
  return {
    size: ranges.size,
    read: async (start, length) => {
      const bytes = await ranges.read(start, length);
      const end = start + bytes.length;
      if (start > done || end <= done) return bytes;
      checksum = crc32(bytes.subarray(done - start), checksum);
      done = end;
      if (done === ranges.size && checksum !== entry.crc32) throw damaged(archive, entry.fileName, OTHER_BYTES);
      return bytes;
    },
  };
}

/** Passes bytes on, and throws after the last where their checksum is another. */
export async function* checkedStream(bytes: AsyncIterable<Uint8Array>, expected: number): AsyncIterable<Uint8Array> {
  let checksum = 0;
  for await (const chunk of bytes) {
    checksum = crc32(chunk, checksum);
    yield chunk;
  }
  if (checksum !== expected) throw OTHER_BYTES;
}

const OTHER_BYTES = new Error('its checksum is that of other bytes');
