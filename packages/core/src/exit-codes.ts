/** How a process tells the shell what became of it. Loads nothing. */
export const EXIT = {
  ok: 0,
  failed: 1,
  /** A mistake of the user: a `UserError`, or a command line that cannot be read. */
  userError: 2,
  /** Ended by Ctrl-C, as shells say it: 128 and the number of SIGINT. */
  interrupted: 130,
} as const;
