import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { resolve } from 'node:path';
import { z } from 'zod';

/**
 * An option that names a file or folder. A relative path is taken from the config file that wrote it
 * (from the working directory if it came from the command line), and is absolute when `create` sees it. A leading `~`
 * is the home folder, and `$NAME` or `${NAME}` a variable of the environment.
 */
export function filePath(): z.ZodString {
  return z.string().min(1).meta({ path: true });
}

/**
 * An option that names a shared library, as the system's loader takes it: the name of one that the system looks for, or
 * a path. Its code runs in the process, so that one of a run from elsewhere is loaded only if the user trusts it.
 */
export function libraryName(): z.ZodString {
  return z.string().min(1).meta({ library: true });
}

/**
 * The path that one in a config stands for, seen from a folder. What there is a file of is taken as it is written.
 * `unknownVariable` names one that the environment does not have.
 */
export function absolutePath(written: string, folder: string): { path: string; unknownVariable?: string } {
  const literal = resolve(folder, written);
  if (existsSync(literal)) return { path: literal };
  let unknownVariable: string | undefined;
  const expanded = written
    .replace(/^~(?=$|[\\/])/, () => homedir())
    .replace(VARIABLE, (match, plain?: string, braced?: string) => {
      const name = (plain ?? braced)!;
      unknownVariable ??= process.env[name] === undefined ? name : undefined;
      return process.env[name] ?? match;
    });
  return { path: resolve(folder, expanded), ...(unknownVariable !== undefined && { unknownVariable }) };
}

const VARIABLE = /\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)\})/g;
