// Work that is asked for faster than it can be done: only the last call counts.

/**
 * Gives a function that does one thing at a time. While one is being done, the next one waits, and one
 * that comes after it takes its place.
 *
 * @param work Must not throw: nobody would hear of it.
 * @param onIdle Called when all is done that was asked for.
 */
export function latest<Arguments extends unknown[]>(
  work: (...args: Arguments) => Promise<void>,
  onIdle: () => void = () => {},
): (...args: Arguments) => void {
  let busy = false;
  let waiting: Arguments | undefined;
  const start = async (args: Arguments) => {
    busy = true;
    for (let next: Arguments | undefined = args; next; next = waiting) {
      waiting = undefined;
      await work(...next);
    }
    busy = false;
    onIdle();
  };
  return (...args) => {
    if (busy) waiting = args;
    else start(args);
  };
}
