// What a request may fail with beside what is wrong with it.

/** There is too much to do, or in memory: the request is answered with 503, and may come again. */
export class BusyError extends Error {
  override name = "BusyError";
}
