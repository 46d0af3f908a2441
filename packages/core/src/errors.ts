/** Names an option as its user writes it: `--force` on the command line, `option force` in a library call. */
export type OptionNaming = (name: string) => string;

/**
 * A mistake of the user: bad config, bad data, a missing file. The command line prints its message
 * without a stack trace and exits with code 2. Messages read `problem thing: detail, and what would be right`.
 * A message that speaks of the caller's options is a function of how to name them.
 * @example
 * throw new UserError('invalid partons: expected 55 columns, got 54');
 * throw new UserError((option) => `existing ${path}: replace it with ${option('force')}`);
 */
export class UserError extends Error {
  override readonly name = 'UserError';
  // A brand rather than instanceof: a plugin may resolve a second copy of this package.
  readonly isUserError = true;
  readonly #write: (option: OptionNaming) => string;

  constructor(message: string | ((option: OptionNaming) => string), options?: ErrorOptions) {
    const write = typeof message === 'string' ? () => message : message;
    super(
      write((name) => `option ${name}`),
      options,
    );
    this.#write = write;
  }

  /** The message for a user who writes options in another way than a call of the library does. */
  messageNaming(option: OptionNaming): string {
    return this.#write(option);
  }
}

/** What an error says, its options named as its user writes them. */
export function messageNaming(error: unknown, option: OptionNaming): string {
  if (isUserError(error)) return error.messageNaming(option);
  return error instanceof Error ? error.message : String(error);
}

/**
 * Whether an error is the user's to mend, whichever copy of the core made it.
 * @example
 * try {
 *   await run.train();
 * } catch (error) {
 *   if (!isUserError(error)) throw error;
 *   console.error(error.message);
 * }
 */
export function isUserError(error: unknown): error is UserError {
  return error instanceof Error && 'isUserError' in error;
}
