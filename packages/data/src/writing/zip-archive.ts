import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { writeAll } from '@unfold-zoo/core/files';

/** A file that becomes a member of an archive, behind some first bytes. */
export interface ArchiveMember {
  readonly name: string;
  readonly head: Uint8Array;
  /** Path of the file with the bytes after these. */
  readonly file: string;
}

interface StoredMember {
  readonly name: Buffer;
  readonly offset: number;
  readonly size: number;
  readonly checksum: number;
}

/** Bytes that are copied at once. */
const COPIED = 2 ** 20;

/**
 * Writes a zip archive whose members are stored as they are, so that programs read them by ranges. Sizes have 64 bits
 * (zip64), as NumPy writes them. Source: APPNOTE.TXT 6.3.10 of PKWARE.
 */
export function writeStoredArchive(path: string, members: readonly ArchiveMember[]): void {
  const archive = openSync(path, 'w');
  try {
    let offset = 0;
    const stored: StoredMember[] = [];
    for (const member of members) {
      stored.push(writeMember(archive, offset, member));
      offset += headerBytes(stored.at(-1)!) + stored.at(-1)!.size;
    }
    const directory = Buffer.concat(stored.map(directoryEntry));
    writeAll(archive, directory);
    writeAll(archive, endOfArchive(stored.length, directory.length, offset));
  } finally {
    closeSync(archive);
  }
}

/** The checksum stands before the bytes that it is of: it is written in a second time. */
function writeMember(archive: number, offset: number, { name, head, file }: ArchiveMember): StoredMember {
  const unknown = { name: Buffer.from(name), offset, size: 0, checksum: 0 };
  writeAll(archive, localHeader(unknown));
  writeAll(archive, head);
  let [checksum, size] = [crc32(head), head.length];
  for (const bytes of bytesOfFile(file)) {
    writeAll(archive, bytes);
    checksum = crc32(bytes, checksum);
    size += bytes.length;
  }
  const member = { ...unknown, size, checksum };
  const header = localHeader(member);
  writeSync(archive, header, 0, header.length, offset);
  return member;
}

function* bytesOfFile(path: string): Generator<Uint8Array> {
  const file = openSync(path, 'r');
  try {
    const buffer = new Uint8Array(COPIED);
    for (let count = readSync(file, buffer); count > 0; count = readSync(file, buffer)) yield buffer.subarray(0, count);
  } finally {
    closeSync(file);
  }
}

/** Version 4.5 of the format is the first with zip64. */
const VERSION = 45;
/** Bit 11: names are in UTF-8. */
const FLAGS = 0x0800;
/** 1 January 1980, the first day that the format knows: archives of the same numbers are the same. */
const DATE = 0x21;
const IN_ZIP64 = 0xffffffff;
const ZIP64 = 0x0001;

function headerBytes({ name }: StoredMember): number {
  return 30 + name.length + 20;
}

function localHeader({ name, size, checksum }: StoredMember): Buffer {
  const header = Buffer.alloc(30);
  header.writeUInt32LE(0x04034b50, 0);
  writeCommon(header, 4, { name, checksum, extraBytes: 20 });
  return Buffer.concat([header, name, zip64([size, size])]);
}

function directoryEntry({ name, offset, size, checksum }: StoredMember): Buffer {
  const entry = Buffer.alloc(46);
  entry.writeUInt32LE(0x02014b50, 0);
  entry.writeUInt16LE(VERSION, 4);
  writeCommon(entry, 6, { name, checksum, extraBytes: 28 });
  entry.writeUInt32LE(IN_ZIP64, 42);
  return Buffer.concat([entry, name, zip64([size, size, offset])]);
}

/** What local headers and entries of the directory have in common. */
function writeCommon(
  into: Buffer,
  at: number,
  { name, checksum, extraBytes }: Pick<StoredMember, 'name' | 'checksum'> & { readonly extraBytes: number },
): void {
  into.writeUInt16LE(VERSION, at);
  into.writeUInt16LE(FLAGS, at + 2);
  into.writeUInt16LE(DATE, at + 8);
  into.writeUInt32LE(checksum, at + 10);
  into.writeUInt32LE(IN_ZIP64, at + 14);
  into.writeUInt32LE(IN_ZIP64, at + 18);
  into.writeUInt16LE(name.length, at + 22);
  into.writeUInt16LE(extraBytes, at + 24);
}

/** Numbers of 64 bits behind a header whose own fields have 32. */
function zip64(numbers: readonly number[]): Buffer {
  const extra = Buffer.alloc(4 + 8 * numbers.length);
  extra.writeUInt16LE(ZIP64, 0);
  extra.writeUInt16LE(8 * numbers.length, 2);
  for (const [i, value] of numbers.entries()) extra.writeBigUInt64LE(BigInt(value), 4 + 8 * i);
  return extra;
}

function endOfArchive(members: number, directoryBytes: number, directoryOffset: number): Buffer {
  const end = Buffer.alloc(56 + 20 + 22);
  end.writeUInt32LE(0x06064b50, 0);
  end.writeBigUInt64LE(44n, 4);
  end.writeUInt16LE(VERSION, 12);
  end.writeUInt16LE(VERSION, 14);
  for (const at of [24, 32]) end.writeBigUInt64LE(BigInt(members), at);
  end.writeBigUInt64LE(BigInt(directoryBytes), 40);
  end.writeBigUInt64LE(BigInt(directoryOffset), 48);
  end.writeUInt32LE(0x07064b50, 56);
  end.writeBigUInt64LE(BigInt(directoryOffset + directoryBytes), 64);
  end.writeUInt32LE(1, 72);
  end.writeUInt32LE(0x06054b50, 76);
  for (const at of [84, 86]) end.writeUInt16LE(0xffff, at);
  for (const at of [88, 92]) end.writeUInt32LE(IN_ZIP64, at);
  return end;
}
