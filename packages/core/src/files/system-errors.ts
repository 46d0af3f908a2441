import { UserError } from '../errors.js';

/** What the codes of the operating system mean for whoever reads or writes a file. */
const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EBUSY: 'the system or another program uses it',
  EDQUOT: 'the disk quota is used up',
  EEXIST: 'a file of that name is in the way',
  EFBIG: 'the file would be larger than the disk or `ulimit -f` allows',
  EIO: 'the disk or terminal does not answer as it should (input/output error)',
  EISDIR: 'it is a folder; expected a file',
  ELOOP: 'its symbolic links lead in a circle',
  EMFILE: 'this process has too many open files; allow more with `ulimit -n`',
  ENAMETOOLONG: 'the name is too long; choose a shorter one',
  ENFILE: 'the system has too many open files',
  ENOSPC: 'the disk is full',
  ENOTDIR: 'a part of the path is a file, not a folder',
  ENOTEMPTY: 'the folder is not empty',
  ENXIO: 'there is no device behind it',
  EPERM: 'permission denied',
  EROFS: 'the disk is read-only',
  ESTALE: 'the network disk has lost it',
  ETXTBSY: 'a running program uses it',
};

/** Why the system refuses a file, in words; undefined for an error that is none of the system's about files. */
function reasonOf(error: unknown): string | undefined {
  return REASONS[(error as NodeJS.ErrnoException | undefined)?.code ?? ''];
}

/** What may be added to the message of a failed write, where it is so. */
export const NOTHING_HALF_WRITTEN = 'nothing was left half written';

/**
 * A failed write as the user's error where the reason is outside the program, else the error itself. `consequence` says
 * what has become of the file, e.g. `NOTHING_HALF_WRITTEN`.
 */
export function asWriteError(path: string, error: unknown, consequence?: string): unknown {
  const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT';
  const reason = isMissing ? 'the folder above it takes no new files, or is not there' : reasonOf(error);
  if (reason === undefined) return error;
  const message = `unwritable ${path}: ${reason}${consequence === undefined ? '' : `; ${consequence}`}`;
  return new UserError(message, { cause: error });
}

/** A failed read as the user's error where the reason is outside the program, else the error itself. */
export function asReadError(path: string, error: unknown): unknown {
  const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT';
  const reason = isMissing ? 'there is no such file' : reasonOf(error);
  return reason === undefined ? error : new UserError(`unreadable ${path}: ${reason}`, { cause: error });
}

/**
 * One sentence for an error with which the system refused a file or device, naming its path; undefined for all others.
 * For whoever tells the user of errors that nobody has put in words before.
 */
export function systemErrorMessage(error: unknown): string | undefined {
  const { code, path, dest, syscall } = error as NodeJS.ErrnoException & { readonly dest?: string };
  const reason = code === 'ENOENT' ? 'there is no such file or folder' : reasonOf(error);
  if (reason === undefined || syscall === undefined) return undefined;
  return `unusable ${dest ?? path ?? 'file'}: ${reason} (${code} in ${syscall})`;
}
