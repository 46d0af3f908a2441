/** Why the last line that did not get out of this process did not. */
let lost: NodeJS.ErrnoException | undefined;
let isGuarded = false;

/**
 * Keeps what becomes of standard output and error from deciding about the work: a reader that has left, a terminal that
 * is gone and a full disk end the printing and nothing else. Both fail in either of two ways, by an event and, where
 * they are files, by throwing. Once in a process.
 */
export function printWithoutFailing(): void {
  if (isGuarded) return;
  isGuarded = true;
  for (const stream of [process.stdout, process.stderr]) {
    const note = (error: unknown): void => {
      if (stream === process.stdout) lost = error as NodeJS.ErrnoException;
    };
    stream.on('error', note);
    const write = stream.write.bind(stream) as (...given: readonly unknown[]) => boolean;
    stream.write = (...given: readonly unknown[]): boolean => {
      try {
        return write(...given);
      } catch (error) {
        note(error);
        return false;
      }
    };
  }
}

/** Why standard output has lost something that its reader still waits for; undefined if nothing, or nobody does. */
export function lostOutput(): NodeJS.ErrnoException | undefined {
  return lost?.code === 'EPIPE' || lost?.code === 'ERR_STREAM_DESTROYED' ? undefined : lost;
}
