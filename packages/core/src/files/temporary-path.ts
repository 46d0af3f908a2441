/** What a file or folder is called while this process writes it; it is renamed when it is whole. */
export function temporaryPath(path: string): string {
  return `${path}.tmp-${process.pid}`;
}

/** The end of a name that a killed process has left behind. */
export const LEFT_OVER = /\.tmp-\d+$/;
