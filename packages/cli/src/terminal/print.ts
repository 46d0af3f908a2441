import { printable } from '@unfold-zoo/core/printable';

/** Prints a result on standard output. Control characters in names of others are written out. */
export function print(text: string): void {
  process.stdout.write(printable(text));
}

/** Prints a message on standard error. Control characters in names of others are written out. */
export function printMessage(text: string): void {
  process.stderr.write(`${printable(text)}\n`);
}
