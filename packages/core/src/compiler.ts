import { spawnSync } from 'node:child_process';

/** The compilers that are tried in turn, after `$CXX`. */
export const COMPILERS: readonly string[] = ['c++', 'g++', 'clang++'];

/** A C++ compiler that runs on this machine. */
export interface Compiler {
  readonly command: string;
  /** The first line of what it says of its version. */
  readonly version: string;
}

/**
 * The C++ compiler of this machine, for packages that compile an engine: `$CXX`, or the first of `COMPILERS` that runs.
 */
export function findCompiler(environment: NodeJS.ProcessEnv = process.env): Compiler | undefined {
  for (const command of [environment['CXX'], ...COMPILERS]) {
    if (!command) continue;
    const { status, stdout } = spawnSync(command, ['--version'], { encoding: 'utf8' });
    if (status === 0) return { command, version: stdout.split('\n')[0]! };
  }
  return undefined;
}
