// What the processes that are timed share: they answer a line of JSON to each line of JSON.
// bench/peers/pytorch.py does the same in Python.

/** The lines of a stream of UTF-8. */
export async function* lines(stream: ReadableStream<Uint8Array<ArrayBuffer>>) {
  let rest = "";
  for await (const chunk of stream.pipeThrough(new TextDecoderStream())) {
    const parts = (rest + chunk).split("\n");
    rest = parts.pop()!;
    yield* parts;
  }
}

/** What the process is asked, until stdin closes. */
export async function* requests<T>(): AsyncGenerator<T> {
  for await (const line of lines(Deno.stdin.readable)) yield JSON.parse(line);
}

/** Answers the last request; the first answer says that the process is ready. */
export function answer(value: unknown): void {
  console.log(JSON.stringify(value));
}

/** How far ahead of a device that works by itself the calls may get, as in trainNetwork(). */
const AHEAD_MS = 100;

/**
 * Calls step(0), step(1), ... for so long and gives the calls a second.
 *
 * @param finish Waits for work that is still under way; its time counts.
 */
export async function perSecond(
  step: (i: number) => unknown,
  seconds: number,
  finish: () => unknown = () => {},
): Promise<number> {
  const start = performance.now();
  let finished = start;
  let done = 0;
  do {
    await step(done++);
    if (performance.now() - finished < AHEAD_MS) continue;
    await finish();
    finished = performance.now();
  } while (performance.now() - start < 1000 * seconds);
  await finish();
  return 1000 * done / (performance.now() - start);
}

/** Part of a round's time that goes before it, unmeasured. */
export const WARM_UP = 0.2;
