import { UserError } from '@unfold-zoo/core';
import { printable } from '@unfold-zoo/core/printable';
import yauzl, { type Entry, type ZipFile } from 'yauzl';
import { METADATA } from '../../writing/metadata.js';
import { type ByteRanges, beginWith, FileBytes } from '../file-bytes.js';
import { foreignFile } from '../foreign-file.js';
import type { ColumnBlock, FileFormat, TableColumn, TableFile } from '../table-file.js';
import { damaged } from '../table-mistakes.js';
import { checkedRanges } from './checked-member.js';
import { NpyArray } from './npy-array.js';
import { cacheFolder, unpack } from './unpacked-members.js';

/** A member of an archive that has been opened. */
interface Member {
  readonly array: NpyArray;
  readonly bytes: ByteRanges;
}

/** Arrays of NumPy in an archive: a column for each member, or for each field of a member of records. */
class NpzFile implements TableFile {
  readonly path: string;
  readonly blockRows = 0;
  readonly notes: readonly string[];
  readonly columns: readonly TableColumn[];
  readonly metadata: string | undefined;
  readonly #members: readonly Member[];
  readonly #close: () => Promise<void>;

  constructor(
    path: string,
    members: readonly Member[],
    { notes, metadata }: Pick<TableFile, 'notes' | 'metadata'>,
    close: () => Promise<void>,
  ) {
    this.path = path;
    this.metadata = metadata;
    this.#members = members;
    this.notes = notes ?? [];
    this.columns = members.flatMap(({ array }) => array.columns);
    this.#close = close;
  }

  async read(columns: readonly string[], start: number, count: number): Promise<ReadonlyMap<string, ColumnBlock>> {
    const blocks = new Map<string, ColumnBlock>();
    for (const name of columns) blocks.set(name, await this.#read(name, start, count));
    return blocks;
  }

  async #read(name: string, start: number, count: number): Promise<ColumnBlock> {
    for (const { array } of this.#members) {
      const place = array.columns.findIndex((column) => column.name === name);
      if (place >= 0) return array.read(place, start, count);
    }
    throw new Error(`no column ${name}`);
  }

  close(): Promise<void> {
    return this.#close();
  }
}

/**
 * Archives `.npz`. Members that are stored as they are, as `np.savez` does, are read by ranges; compressed ones are
 * unpacked to a cache once. Pickled objects are refused.
 */
export const npzFormat: FileFormat = {
  kind: 'npz',
  plural: 'NumPy archives of arrays (.npz)',
  extensions: ['.npz'],
  async open(path) {
    const bytes = await FileBytes.open(path);
    const opened: FileBytes[] = [bytes];
    let archive: ZipFile | undefined;
    const close = async (): Promise<void> => {
      archive?.close();
      for (const each of opened) await each.close();
    };
    try {
      archive = await openArchive(bytes);
      const members: Member[] = [];
      const packed: string[] = [];
      for (const { entry, start } of await placedEntries(archive, path)) {
        const isPacked = entry.compressionMethod !== 0;
        if (isPacked) packed.push(nameOf(entry));
        const ranges = isPacked ? await unpacked(archive, entry, path) : stored(entry, start, bytes);
        if (ranges instanceof FileBytes) opened.push(ranges);
        const name = nameOf(entry);
        members.push({ bytes: ranges, array: await NpyArray.open(ranges, name, `${name} in ${path}`, true) });
      }
      const notes = packed.length > 0 ? [unpackedNote(path, packed)] : [];
      return new NpzFile(path, members, { notes, metadata: await metadataOf(members) }, close);
    } catch (error) {
      await close();
      throw error;
    }
  },
};

/** The text of the member `metadata`, if it is one of bytes as this package writes it. */
async function metadataOf(members: readonly Member[]): Promise<string | undefined> {
  for (const { array } of members) {
    const [column] = array.columns;
    if (column?.name !== METADATA || column.type !== 'uint8') continue;
    const { values } = await array.read(0, 0, column.length);
    return Buffer.from(values as Uint8Array).toString('utf8');
  }
  return undefined;
}

function unpackedNote(path: string, members: readonly string[]): string {
  return (
    `${path} is compressed: ${members.join(', ')} lie unpacked in ${cacheFolder()} from now on; ` +
    'np.savez writes arrays that are read without that'
  );
}

async function openArchive(bytes: FileBytes): Promise<ZipFile> {
  const { path } = bytes;
  if (!(await beginWith(bytes, 'PK'))) throw foreignFile(path, 'an archive of NumPy (.npz)');
  try {
    return await yauzl.openPromise(path, { autoClose: false });
  } catch (error) {
    const isCut = /end of central directory/i.test(String(error));
    if (isCut) throw new UserError(`damaged ${path}: it is truncated; the list of members at its end is missing`);
    throw damaged(path, 'its list of members', error);
  }
}

/** A member as the list of an archive has it, and where its bytes begin. */
interface PlacedEntry {
  readonly entry: Entry;
  readonly start: number;
}

async function placedEntries(archive: ZipFile, path: string): Promise<PlacedEntry[]> {
  const entries: PlacedEntry[] = [];
  try {
    for await (const entry of archive.eachEntry()) {
      entries.push({ entry, start: await startOf(archive, entry) });
    }
  } catch (error) {
    throw damaged(path, 'its list of members', error);
  }
  const arrays = entries.filter(({ entry }) => entry.fileName.endsWith('.npy'));
  if (arrays.length === 0) throw new UserError(`invalid file: ${path} holds no arrays of NumPy`);
  return arrays;
}

/** Where a member begins. No checksum is over its name, which stands there and in the list, and must be the same. */
async function startOf(archive: ZipFile, entry: Entry): Promise<number> {
  const { fileName, fileDataStart } = await archive.readLocalFileHeaderPromise(entry);
  if (fileName.equals(entry.fileNameRaw)) return fileDataStart;
  throw new Error(`the member ${printable(fileName.toString())} is ${printable(entry.fileName)} there`);
}

function nameOf({ fileName }: Entry): string {
  return fileName.replace(/\.npy$/, '');
}

/** The bytes of a member that is stored as it is. */
function stored(entry: Entry, first: number, bytes: FileBytes): ByteRanges {
  const size = entry.uncompressedSize;
  const read: ByteRanges['read'] = (start, length) => bytes.read(first + start, Math.min(length, size - start));
  return checkedRanges({ size, read }, entry, bytes.path);
}

async function unpacked(archive: ZipFile, entry: Entry, path: string): Promise<FileBytes> {
  try {
    return await FileBytes.open(await unpack(entry, path, () => archive.openReadStreamPromise(entry)));
  } catch (error) {
    throw damaged(path, nameOf(entry), error);
  }
}
