import { existsSync, readFileSync } from 'node:fs';
import { UserError } from '../errors.js';
import { writeFileAtomically } from './atomic-file.js';

/** Whether a file that is there already may be replaced. */
export interface Replacing {
  readonly force: boolean;
}

/**
 * Writes a file as `writeFileAtomically` does. One that is there already must have the same content.
 * @throws UserError for a file of another content, unless `force`, and where it cannot be written.
 */
export function writeNewFile(path: string, content: string, { force }: Replacing): void {
  if (!force && hasContent(path, content)) return;
  checkReplaceable(path, { force });
  writeFileAtomically(path, content);
}

/** Refuses a path where something is already. @throws UserError, unless `force`. */
export function checkReplaceable(path: string, { force }: Replacing): void {
  if (force || !existsSync(path)) return;
  throw new UserError((option) => `existing ${path}: choose another place, or replace it with ${option('force')}`);
}

function hasContent(path: string, content: string): boolean {
  try {
    return readFileSync(path, 'utf8') === content;
  } catch {
    return false;
  }
}
