// Tests of real parts (MNIST, a WebGPU adapter, ...) are skipped where the part is missing, and
// fail there where DIGITS_REQUIRE names the part: DIGITS_REQUIRE=mnist,webgpu deno task test.

import { assert, assertEquals } from "@std/assert";
import { syntheticDigits } from "../lib/data/synthetic.ts";
import type { Metrics } from "../lib/model/metrics.ts";
import { encodePng } from "../lib/report/png.ts";

const required = new Set(
  (Deno.env.get("DIGITS_REQUIRE") ?? "").split(",").map((s) => s.trim()).filter(Boolean),
);

/** Registers a test that needs `part`; `present` says whether this machine has it. */
export function testWith(
  part:
    | "mnist"
    | "webgpu"
    | "browser"
    | "node"
    | "denort"
    | "onnx"
    | "onnxruntime"
    | "cc"
    | "mount",
  present: boolean,
  name: string,
  body: (t: Deno.TestContext) => void | Promise<void>,
): void {
  if (present) Deno.test(name, body);
  else if (required.has(part)) {
    Deno.test(name, () => {
      throw new Error(`DIGITS_REQUIRE names ${part}, and this machine has none`);
    });
  } else Deno.test.ignore(`${name} (skipped: no ${part} here)`, body);
}

/** The names of what is in a folder, sorted. */
export async function namesIn(folder: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(folder), ({ name }) => name)).sort();
}

/** Registers a test that gets an empty folder, which is removed afterwards. */
export function testWithFolder(name: string, body: (folder: string) => Promise<void>): void {
  Deno.test(name, () => withFolder(body));
}

/** Gives `body` an empty folder, which is removed afterwards. */
export async function withFolder<T>(body: (folder: string) => Promise<T>): Promise<T> {
  const folder = await Deno.makeTempDir({ prefix: "digits-" });
  try {
    return await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/**
 * Asserts that there are as many numbers, and that each is off by at most `tolerance` of the largest
 * that was expected; 0 asks for the same numbers.
 */
export function assertNear(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: number,
  what: string,
): void {
  assertEquals(actual.length, expected.length, what);
  let scale = 0;
  for (let i = 0; i < expected.length; i++) scale = Math.max(scale, Math.abs(expected[i]));
  for (let i = 0; i < expected.length; i++) {
    const error = Math.abs(actual[i] - expected[i]);
    assert(
      error <= tolerance * scale,
      `${what}: number ${i} is ${actual[i]}, not ${expected[i]}: off by ${
        error / scale
      } of the largest`,
    );
  }
}

/** Makes a folder of drawn digits, as people have them: a folder for each digit. */
export async function drawFolder(folder: string, count: number): Promise<void> {
  const { images, labels } = syntheticDigits({ count, seed: 5, stream: 1 });
  for (let digit = 0; digit < 10; digit++) {
    await Deno.mkdir(`${folder}/${digit}`, { recursive: true });
  }
  for (const [i, digit] of labels.entries()) {
    const png = await encodePng(images.subarray(784 * i, 784 * (i + 1)), 28, 28);
    await Deno.writeFile(`${folder}/${digit}/${i}.png`, png);
  }
}

/** What has to be the same for the same training command: all but times. */
export function curve({ history, test }: Metrics) {
  return {
    history: history.map(({ seconds: _, samplesPerSecond: __, ...rest }) => rest),
    test,
  };
}
