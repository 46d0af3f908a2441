import { existsSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { LEFT_OVER, temporaryPath } from '@unfold-zoo/core/files';

/** The folder of what is drawn already of a file that is not finished. */
export function partsFolder(path: string): string {
  return `${path}.parts`;
}

/** The folder of arrays that are put together to one file of NumPy while it is written. */
export function arraysFolder(path: string): string {
  return `${path}.arrays`;
}

/** Whether a file of draws is begun and not finished. */
export function hasParts(path: string): boolean {
  return existsSync(join(partsFolder(path), MANIFEST));
}

/** In the folder of parts: says what they are of. */
export const MANIFEST = 'manifest.json';

/** Removes the parts of a file of draws: under another name, so that they are never taken for whole ones. */
export function removeParts(path: string): void {
  const parts = partsFolder(path);
  if (!existsSync(parts)) return;
  const removed = temporaryPath(parts);
  renameSync(parts, removed);
  rmSync(removed, { recursive: true });
}

/** Removes a file of draws and its parts. Only for whoever may write them. */
export function removeDraws(path: string): void {
  removeParts(path);
  rmSync(path, { force: true });
}

/** Removes what processes that were killed left half written of a file. Only for whoever may write it. */
export function removeLeftOversOf(path: string): void {
  const [folder, name] = [dirname(path), basename(path)];
  if (!existsSync(folder)) return;
  for (const other of readdirSync(folder)) {
    const whole = other.replace(LEFT_OVER, '');
    const isLeftOver = whole !== other && [name, partsFolder(name), arraysFolder(name)].includes(whole);
    if (isLeftOver) rmSync(join(folder, other), { recursive: true, force: true });
  }
}
