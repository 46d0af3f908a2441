/**
 * A mistake of the user: bad config, bad data, a missing file. The command line prints its message
 * without a stack trace and exits with code 2. Messages read `problem thing: detail, and what would be right`.
 */
export class UserError extends Error {
  override readonly name = 'UserError';
  // A brand rather than instanceof: a plugin may resolve a second copy of this package.
  readonly isUserError = true;
}

/** Whether an error is the user's to mend, whichever copy of the core made it. */
export function isUserError(error: unknown): error is UserError {
  return error instanceof Error && 'isUserError' in error;
}
