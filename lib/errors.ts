// Errors that a person can mend.

/**
 * Something that the person at the keyboard can put right: a missing file, a cut connection, a
 * wrong flag. Its message says what was found, what was expected and what to do; it is printed
 * without a stack.
 */
export class UserError extends Error {
  /** What kind of error it is. */
  override name: string = "UserError";
  /** The process' exit code: 2 for wrong usage, 1 for everything else. */
  readonly exitCode: 1 | 2;

  /**
   * An error with that message.
   *
   * @param message What was found, what was expected and what to do.
   * @param options What caused it, and the exit code.
   */
  constructor(message: string, options: ErrorOptions & { exitCode?: 1 | 2 } = {}) {
    super(message, options);
    this.exitCode = options.exitCode ?? 1;
  }
}
