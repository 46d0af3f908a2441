import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import { LEFT_OVER, sha256, writeFileAtomically } from '@unfold-zoo/core/files';
import type { PartOrigin, PartStore } from '@unfold-zoo/measurement';

const PART = /^[0-9a-f]{64}\.(part|run)$/;
const CHECKSUM_LENGTH = 64;

/**
 * Finished parts of a measurement as files of a folder, named by the SHA-256 of what they were computed from. A part
 * that is damaged counts as absent, and is computed again. Trainings have folders of their own in it.
 */
export class PartFolder implements PartStore {
  readonly #folder: string;
  readonly #origin: PartOrigin;
  readonly #used = new Set<string>();
  #hasWritten = false;

  /** @param origin what all parts are computed from. */
  constructor(folder: string, origin: PartOrigin) {
    this.#folder = folder;
    this.#origin = origin;
  }

  read(origin: PartOrigin): unknown {
    const path = this.#pathOf(origin);
    if (!existsSync(path)) return undefined;
    const content = readFileSync(path);
    const [checksum, part] = [content.subarray(0, CHECKSUM_LENGTH), content.subarray(CHECKSUM_LENGTH)];
    return checksum.toString('latin1') === sha256([part]) ? deserialize(part) : undefined;
  }

  write(origin: PartOrigin, part: unknown): void {
    this.#hasWritten = true;
    const bytes = serialize(part);
    writeFileAtomically(this.#pathOf(origin), sha256([bytes]), bytes);
  }

  folder(origin: PartOrigin): string {
    return this.#pathOf(origin, 'run');
  }

  /**
   * Removes parts that nobody has asked for, those of older measurements, and what killed processes left. Where all was
   * there and nothing was computed, nobody has asked for what results were made from, and everything stays.
   */
  removeUnused(): void {
    if (!this.#hasWritten || !existsSync(this.#folder)) return;
    for (const name of readdirSync(this.#folder)) {
      const path = join(this.#folder, name);
      const isOwn = PART.test(name.replace(LEFT_OVER, ''));
      if (isOwn && !this.#used.has(path)) rmSync(path, { force: true, recursive: true });
    }
  }

  #pathOf(origin: PartOrigin, kind: 'part' | 'run' = 'part'): string {
    const path = join(this.#folder, `${sha256([JSON.stringify([...this.#origin, ...origin])])}.${kind}`);
    this.#used.add(path);
    return path;
  }
}
