import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { resolve as resolvePackage } from 'import-meta-resolve';
import { isUserError, type OptionNaming, UserError } from '../errors.js';
import { realPath } from '../files/real-path.js';
import { codeHash } from './code-hash.js';
import { foldersAbove, isInside, type Received, receivedFolder } from './received.js';
import { readTrust, removeTrust, writeTrust } from './trust-store.js';

/** Code that the config of a run or benchmark names. */
export interface ReceivedCode {
  readonly what: 'plugin' | 'library';
  /** As the config wrote it. */
  readonly writtenAs: string;
  /** Absolute path of its file. */
  readonly file: string;
  readonly received: Received;
}

/** That received code was not loaded, because nobody said that it may be. */
export class UntrustedCode extends UserError {
  readonly isUntrustedCode = true;
  /** What was not loaded, as the config wrote it. */
  readonly names: readonly string[];

  constructor(message: (option: OptionNaming) => string, names: readonly string[]) {
    super(message);
    this.names = names;
  }
}

/** Whether an error says that received code was not loaded, whichever copy of the core made it. */
export function isUntrustedCode(error: unknown): error is UntrustedCode {
  return isUserError(error) && 'isUntrustedCode' in error;
}

/**
 * Refuses code that a received config names, unless it is installed beside this package, is the user's own, has been
 * trusted as it is now, or is trusted from here on because the user says so.
 * @throws UntrustedCode that names the code, and says how to allow it.
 */
export function checkTrust(code: ReceivedCode): void {
  const { received } = code;
  const file = realPath(code.file);
  if (isInstalled(file, code)) return;
  const before = readTrust(file);
  if (before?.sha256 === null) return;
  const sha256 = codeHash(file, received.folder);
  if (before?.sha256 === sha256) return;
  if (!received.isTrusted) throw untrusted(code, before !== undefined);
  try {
    writeTrust({ path: file, sha256 });
  } catch (error) {
    // Where the home folder cannot be written, the user's word counts for this once.
    if (!isUserError(error)) throw error;
  }
}

/**
 * Notes that code is the user's: a config of the user's own named it and has begun a run. It may change from here on,
 * unless it lies in the folder of a run, where others may have put it.
 * @throws UserError where it cannot be noted.
 */
export function rememberOwnCode(path: string): void {
  const file = realPath(path);
  const folder = receivedFolder(file);
  writeTrust({ path: file, sha256: folder === undefined ? null : codeHash(file, folder) });
}

/**
 * Notes that a folder of code was made at the user's word, as by `unfold setup`, wherever it lies.
 * @throws UserError where it cannot be noted.
 */
export function rememberOwnFolder(path: string): void {
  writeTrust({ path: realPath(path), sha256: null });
}

/** Takes back what `rememberOwnFolder` noted. */
export function forgetOwnFolder(path: string): void {
  removeTrust(realPath(path));
}

/** Whether `rememberOwnFolder` has noted a folder. */
export function isOwnFolder(path: string): boolean {
  return readTrust(realPath(path))?.sha256 === null;
}

/** In a node_modules folder where this package finds its own, or of a name that it can import; never in the run. */
function isInstalled(file: string, { writtenAs, received }: ReceivedCode): boolean {
  if (isInside(file, realPath(received.folder))) return false;
  const own = realPath(fileURLToPath(import.meta.url));
  const isBeside = foldersAbove(own).some((folder) => isInside(file, join(folder, 'node_modules')));
  return isBeside || packageFile(writtenAs) === file;
}

/** The main file of a package that this one can import, also where npm has linked it from elsewhere. */
function packageFile(name: string): string | undefined {
  if (!/^@?\w[\w.-]*(\/[\w.-]+)*$/.test(name)) return undefined;
  try {
    return realPath(fileURLToPath(resolvePackage(name, import.meta.url)));
  } catch {
    return undefined;
  }
}

function untrusted({ what, writtenAs, file, received }: ReceivedCode, isChanged: boolean): UntrustedCode {
  const why = isChanged ? 'it is not what it was when you trusted it' : 'others may have put it there';
  const write = (option: OptionNaming): string =>
    `untrusted ${what} "${writtenAs}": the run or benchmark in ${received.folder} asks for ${file}, whose code would ` +
    `run with all your rights; ${why}: look at it first, then load it with ${option('trustPlugins')}`;
  return new UntrustedCode(write, [writtenAs]);
}
