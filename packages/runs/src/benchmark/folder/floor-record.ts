import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileAtomically } from '@unfold-zoo/core/files';
import type { DistanceReport } from '@unfold-zoo/metrics';

const NAME = 'floor.json';

interface FloorRecord {
  /** Everything that decides the floor. */
  readonly key: unknown;
  /** Null where there are too few events for one. */
  readonly report: DistanceReport | null;
}

/** The floor that a benchmark found before with the same settings; null if it found that there is none. */
export function readFloor(folder: string, key: unknown): DistanceReport | null | undefined {
  const path = join(folder, NAME);
  if (!existsSync(path)) return undefined;
  const record = JSON.parse(readFileSync(path, 'utf8')) as FloorRecord;
  return JSON.stringify(record.key) === JSON.stringify(key) ? record.report : undefined;
}

export function writeFloor(folder: string, record: FloorRecord): void {
  writeFileAtomically(join(folder, NAME), `${JSON.stringify(record, null, 2)}\n`);
}
