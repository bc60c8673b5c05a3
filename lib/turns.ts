// Calls that may not overlap: each waits for those before it.

/** Calls that take turns, in the order in which they come; one that fails holds up nobody. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  /** Does a call when those before it are done. */
  async take<T>(call: () => T | Promise<T>): Promise<T> {
    const turn = this.#last.then(call);
    this.#last = turn.catch(() => {});
    return await turn;
  }
}
