import { statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { version_core as tensorVersion } from '@tensorflow/tfjs-core';
import satisfies from 'semver/functions/satisfies.js';
import { z } from 'zod';
import { UserError } from '../errors.js';
import { readJson } from '../files/read-json.js';
import { version } from '../version.js';

/** What a plugin may ask for by its peer dependencies, and what it is given. */
const INSTALLED: Readonly<Record<string, string>> = {
  '@unfold-zoo/core': version,
  '@tensorflow/tfjs-core': tensorVersion,
};

/** Refuses a plugin whose package.json asks by its peer dependencies for other versions than it would run with. */
export function checkPeerDependencies(pluginFile: string): void {
  const { name = pluginFile, peerDependencies = {} } = manifestOf(pluginFile);
  const problems = Object.entries(INSTALLED).flatMap(([dependency, installed]) => {
    const range = peerDependencies[dependency];
    return range === undefined || fits(installed, range) ? [] : [`${dependency} ${range}, here is ${installed}`];
  });
  if (problems.length === 0) return;
  throw new UserError(`${name} needs ${problems.join(', and ')}; install versions that fit together`);
}

function fits(installed: string, range: string): boolean {
  return satisfies(installed, range, { includePrerelease: true });
}

const manifestSchema = z.object({
  name: z.string().optional(),
  peerDependencies: z.record(z.string(), z.string()).optional(),
});

type Manifest = Readonly<z.output<typeof manifestSchema>>;

/** The package.json of the package that a file belongs to; empty for a file that belongs to none. */
function manifestOf(file: string): Manifest {
  for (let folder = dirname(file); ; folder = dirname(folder)) {
    const path = join(folder, 'package.json');
    if (statSync(path, { throwIfNoEntry: false })?.isFile()) {
      const manifest = readJson(path, manifestSchema, 'the package.json of a plugin');
      // A package.json without a name only says how the files beside it are read.
      if (manifest.name !== undefined) return manifest;
    }
    if (dirname(folder) === folder) return {};
  }
}
