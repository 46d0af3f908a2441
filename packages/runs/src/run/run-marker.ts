import { closeSync, existsSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { version } from '@unfold-zoo/core';
import { readJson, writeFileAtomically } from '@unfold-zoo/core/files';
import { z } from 'zod';
import { RUN_FILE } from './run-files.js';

const FORMAT = 'unfold-zoo run';

const marker = z.object({
  format: z.literal(FORMAT),
  /** The version that made the run. */
  version: z.string(),
  /** The settings that the run was trained with last, as `trainedSettings` has them; absent before. */
  trained: z.record(z.string(), z.unknown()).optional(),
  /** The folder was packed: it has what drawing takes, and no state of a training to go on with. */
  packed: z.literal(true).optional(),
});

/** What `run.json` says: that a folder is a run's, and what the run was trained with. */
export type RunMarker = Readonly<z.output<typeof marker>>;

/** A new run's. */
export function newMarker(): RunMarker {
  return { format: FORMAT, version };
}

/**
 * The marker of a run; undefined for one of a version that wrote none.
 * @throws UserError for a file that is not one.
 */
export function readMarker(folder: string): RunMarker | undefined {
  const path = join(folder, RUN_FILE.marker);
  if (!existsSync(path)) return undefined;
  return readJson(path, marker, 'what a run writes about itself');
}

/** Marks a folder as a run's. */
export function writeMarker(folder: string, content: RunMarker): void {
  writeFileAtomically(join(folder, RUN_FILE.marker), `${JSON.stringify(content, null, 2)}\n`);
}

/**
 * Whether the product made a run in a folder: it holds a marker, or, of a version that wrote none, a config with the
 * line that every resolved config begins with, and what a training writes beside it.
 */
export function isRunFolder(folder: string): boolean {
  if (isMarked(folder)) return true;
  const hasTrained = [RUN_FILE.scaling, 'checkpoints'].some((name) => existsSync(join(folder, name)));
  return hasTrained && beginOf(join(folder, RUN_FILE.config)) === RESOLVED;
}

const RESOLVED = '# Plugins that need not be listed:';

function isMarked(folder: string): boolean {
  try {
    return readMarker(folder) !== undefined;
  } catch {
    return false;
  }
}

/** As many bytes of a file as `RESOLVED` has; empty where it cannot be read. */
function beginOf(path: string): string {
  try {
    const file = openSync(path, 'r');
    const bytes = Buffer.alloc(RESOLVED.length);
    try {
      return bytes.toString('latin1', 0, readSync(file, bytes));
    } finally {
      closeSync(file);
    }
  } catch {
    return '';
  }
}
