import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readJson, writeFileAtomically } from '@unfold-zoo/core/files';
import { type DistanceReport, distanceReportSchema } from '@unfold-zoo/metrics';
import { z } from 'zod';

const NAME = 'floor.json';

const floorRecord = z.strictObject({
  /** Everything that decides the floor. */
  key: z.unknown(),
  /** Null where there are too few events for one. */
  report: distanceReportSchema.nullable(),
});

type FloorRecord = Readonly<z.output<typeof floorRecord>>;

/**
 * The floor that a benchmark found before with the same settings; null if it found that there is none.
 * @throws UserError for a file that is not one.
 */
export function readFloor(folder: string, key: unknown): DistanceReport | null | undefined {
  const path = join(folder, NAME);
  if (!existsSync(path)) return undefined;
  const record = readJson(path, floorRecord, 'the floor of a benchmark; remove the file, and it is computed again');
  return JSON.stringify(record.key) === JSON.stringify(key) ? record.report : undefined;
}

export function writeFloor(folder: string, record: FloorRecord): void {
  writeFileAtomically(join(folder, NAME), `${JSON.stringify(record, null, 2)}\n`);
}
