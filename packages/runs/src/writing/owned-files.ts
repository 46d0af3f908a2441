import { lstatSync, readdirSync, rmdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { LEFT_OVER } from '@unfold-zoo/core/files';

/** What the product writes into a folder; a name that fits nothing here is somebody else's. */
export interface FolderContent {
  readonly files: RegExp;
  readonly folders?: readonly (readonly [name: RegExp, content: FolderContent])[];
}

/** What a folder holds. */
export interface FoundFiles {
  /** Paths of the product's own files, and of its folders, each after what is in it. */
  readonly files: readonly string[];
  readonly folders: readonly string[];
  /** What it did not write. Symbolic links in place of its folders are the user's. */
  readonly others: readonly string[];
}

/** Tells the product's own files in a folder from all others. What is not listed in full is not followed. */
export function findOwnedFiles(folder: string, content: FolderContent): FoundFiles {
  const found = { files: [] as string[], folders: [] as string[], others: [] as string[] };
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    const below = lstatSync(path).isDirectory() ? folderContent(name, content) : undefined;
    if (below) {
      const inside = findOwnedFiles(path, below);
      found.files.push(...inside.files);
      found.folders.push(...inside.folders, path);
      found.others.push(...inside.others);
    } else if (isOwnedFile(path, name, content)) found.files.push(path);
    else found.others.push(path);
  }
  return found;
}

function folderContent(name: string, { folders = [] }: FolderContent): FolderContent | undefined {
  return folders.find(([pattern]) => pattern.test(name))?.[1];
}

function isOwnedFile(path: string, name: string, { files }: FolderContent): boolean {
  return files.test(name.replace(LEFT_OVER, '')) && !lstatSync(path).isDirectory();
}

/** Removes files, and those folders that are empty then. */
export function removeOwnedFiles({ files, folders }: Pick<FoundFiles, 'files' | 'folders'>): void {
  for (const path of files) rmSync(path, { force: true });
  for (const path of folders) if (readdirSync(path).length === 0) rmdirSync(path);
}

/** Removes what killed processes left half written in a folder; only for whoever may write there. */
export function removeLeftOvers(folder: string, content: FolderContent): void {
  const { files } = findOwnedFiles(folder, content);
  for (const path of files) if (LEFT_OVER.test(path)) rmSync(path, { force: true });
}

/** A few of many paths, in words. */
export function listed(paths: readonly string[]): string {
  const shown = paths.slice(0, MOST_SHOWN).join(', ');
  return paths.length > MOST_SHOWN ? `${shown} and ${paths.length - MOST_SHOWN} more` : shown;
}

const MOST_SHOWN = 5;
