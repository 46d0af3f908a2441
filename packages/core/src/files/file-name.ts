import { z } from 'zod';

/** What a name of one file or folder looks like, in words. */
const EXPECTED =
  'expected a name for a folder: not "." or "..", without "/", "\\" and control characters, with no "-" or space at ' +
  'its start and no "." or space at its end, of at most 100 characters';

const FILE_NAME = /^(?![- ])(?:[^/\\\p{Cc}]{0,99}[^/\\\p{Cc}. ])$/u;
/** Names that Windows keeps for devices, whatever their ending. */
const DEVICES = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;

/** Whether a text names one file or folder on every system, and does not lead out of the folder above it. */
export function isFileName(name: string): boolean {
  return FILE_NAME.test(name) && !DEVICES.test(name);
}

/** An option that names a file or folder without its path: a run, a model. */
export function fileName(): z.ZodString {
  return z
    .string()
    .regex(FILE_NAME, EXPECTED)
    .refine((name) => !DEVICES.test(name), 'Windows keeps this name for a device; expected another');
}

/** A name without what the name of a file may not have: `omnifold (vld)` becomes `omnifold-vld-`. */
export function fileNameOf(name: string): string {
  return name.replace(/[^\w-]+/g, '-');
}
