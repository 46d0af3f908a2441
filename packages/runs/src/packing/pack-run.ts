import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { type EventSpec, UserError } from '@unfold-zoo/core';
import type { Config } from '@unfold-zoo/core/config';
import { asWriteError, sha256, temporaryPath, writeFileAtomically } from '@unfold-zoo/core/files';
import { checkOptions } from '@unfold-zoo/core/options';
import { CHECKSUMS_FILE, CheckpointStore, formatChecksums, readCheckpointState } from '@unfold-zoo/core/training';
import type { Log } from '../run/log.js';
import type { RunDirectory } from '../run/run-directory.js';
import { RUN_FILE } from '../run/run-files.js';
import { newMarker, writeMarker } from '../run/run-marker.js';
import { modelCard } from './model-card.js';
import { type PackOptions, packOptions } from './pack-options.js';
import { portableConfig } from './portable-config.js';

/** The run that is packed. */
export interface PackedRun {
  readonly directory: RunDirectory;
  readonly config: Config;
  readonly spec: EventSpec;
  readonly log: Log;
}

/** What was made. */
export interface PackResult {
  /** Absolute path of the folder. */
  readonly folder: string;
  /** Bytes of all its files. */
  readonly bytes: number;
}

/**
 * Makes a folder of what drawing with a trained run takes, to be given to others: the weights that it draws with, its
 * config, topology and scaling, a model card and checksums, and nothing of this machine. The folder is that of a run
 * itself, which opens anywhere. It is there whole or not at all.
 * @throws UserError for a folder that is there already, a run that is not trained, and plugins that are files.
 */
export function packRun({ directory, config, spec, log }: PackedRun, options: PackOptions): PackResult {
  const { out, checkpoint, license } = checkOptions(packOptions, options);
  const folder = resolve(out);
  if (existsSync(folder)) {
    throw new UserError((option) => `existing ${folder}: choose a folder that is not there with ${option('out')}`);
  }
  const configYaml = portableConfig(config);
  const { content: weights, path } = directory.samplingWeights(checkpoint, log);
  const state = readCheckpointState(path);
  const parameters = [...weights.values()].reduce((sum, { values }) => sum + values.length, 0);
  const card = modelCard({ folder: directory.path, config, spec, state, parameters, license });
  const temporary = temporaryPath(folder);
  try {
    mkdirSync(dirname(folder), { recursive: true });
    mkdirSync(temporary);
    const { trained } = directory.marker ?? {};
    writeMarker(temporary, { ...newMarker(), ...(trained && { trained }), packed: true });
    writeFileAtomically(join(temporary, RUN_FILE.config), configYaml);
    writeFileAtomically(join(temporary, 'README.md'), card);
    for (const name of [RUN_FILE.scaling, RUN_FILE.topology])
      if (existsSync(join(directory.path, name))) copyFileSync(join(directory.path, name), join(temporary, name));
    new CheckpointStore(temporary).save({ state, weights, optimiser: new Map() }, { best: false, keep: 1 });
    writeChecksums(temporary);
    renameSync(temporary, folder);
  } catch (error) {
    rmSync(temporary, { recursive: true, force: true });
    throw asWriteError(folder, error);
  }
  log.info(`packed ${path} into ${folder}`);
  return { folder, bytes: filesIn(folder).reduce((sum, file) => sum + statSync(file).size, 0) };
}

/** `SHA256SUMS` of every file, as `sha256sum --check` reads it. */
function writeChecksums(folder: string): void {
  const named = filesIn(folder).map((path): [string, string] => [
    relative(folder, path).replaceAll('\\', '/'),
    sha256([readFileSync(path)]),
  ]);
  writeFileAtomically(join(folder, CHECKSUMS_FILE), formatChecksums(new Map(named)));
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
}
