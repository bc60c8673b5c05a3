// Compares a kernel with its reference on numbers of every kind.

import { assert } from "@std/assert";
import type { Kernels } from "../../../lib/backend/simd/module.ts";
import { Random } from "../../../lib/random.ts";
import type { GuardedMemory, View } from "./memory.ts";

/** null is the address 0 of what is not wanted. */
export type Argument = number | View | null;

/** What numbers are drawn from. */
const KINDS = {
  normal: (random: Random) => random.normal(),
  /** Sums and products of these are exact, and many are equal. */
  integers: (random: Random) => random.integer(7) - 3,
  zeros: (random: Random) => random.pick([0, -0]),
  denormals: (random: Random) => random.pick([1, -1, 1e-45, -1e-45, -3e-42, 1e-39]),
  /** Their squares are still float32. */
  large: (random: Random) => random.pick([1e15, -1e15, random.normal()]),
  huge: (random: Random) => random.pick([1e30, -1e30, random.normal()]),
  infinities: (random: Random) =>
    random.integer(8) ? random.normal() : random.pick([Infinity, -Infinity]),
  nan: (random: Random) => random.integer(8) ? random.normal() : NaN,
};

export type Kind = keyof typeof KINDS;

/**
 * A kernel's arguments, the same for the same seed. With `absolute` every number is made positive,
 * or negative if it is to be subtracted: the reference then gives the sum of absolute terms that
 * rounding errors are measured by (Higham, "Accuracy and Stability of Numerical Algorithms", 3.1).
 */
export class Draw {
  readonly random: Random;
  readonly #kind: Kind;
  readonly #absolute: boolean;

  constructor(seed: number, kind: Kind, absolute: boolean) {
    this.random = new Random(seed);
    this.#kind = kind;
    this.#absolute = absolute;
  }

  #number(): number {
    const number = KINDS[this.#kind](this.random);
    return this.#absolute ? Math.abs(number) : number;
  }

  numbers(n: number): Float32Array {
    return Float32Array.from({ length: n }, () => this.#number());
  }

  /** Numbers that the kernel subtracts. */
  subtracted(n: number): Float32Array {
    return this.numbers(n).map((number) => this.#absolute ? -number : number);
  }

  /** One number that the kernel subtracts, or multiplies what it subtracts with. */
  minus(number: number): number {
    return this.#absolute ? -number : number;
  }

  /** Numbers that are not negative. */
  positive(n: number): Float32Array {
    return this.numbers(n).map(Math.abs);
  }

  /** Numbers of which most are 0 or -0. */
  sparse(n: number): Float32Array {
    return this.numbers(n).map((number) => this.random.pick([0, 0, 0, -0, -0, -0, number]));
  }

  /** Whole numbers from 0 to below `bound`. */
  whole(n: number, bound: number): Int32Array {
    return Int32Array.from({ length: n }, () => this.random.integer(bound));
  }

  /** Bytes of which about half are 0. */
  bytes(n: number): Uint8Array {
    return Uint8Array.from(
      { length: n },
      () => this.random.integer(2) ? this.random.integer(256) : 0,
    );
  }
}

/** For what a kernel is to fill without reading it. */
export function blank(n: number): Float32Array {
  return new Float32Array(n).fill(NaN);
}

/** The same for whole numbers. */
export function blankIntegers(n: number): Int32Array {
  return new Int32Array(n).fill(-1);
}

/** Every combination of one choice for each name. */
export function combinations<T extends Record<string, unknown>>(
  choices: { [Name in keyof T]: readonly T[Name][] },
): T[] {
  return Object.entries(choices).reduce<Record<string, unknown>[]>(
    (sizes, [name, values]) =>
      sizes.flatMap((size) => (values as unknown[]).map((value) => ({ ...size, [name]: value }))),
    [{}],
  ) as T[];
}

/** Any list of arguments; the empty one lets the compiler take an array for a tuple. */
type Tuple = unknown[] | [];

/** What a kernel and its reference are called with, and how their results are compared. */
interface Options<Size, Args extends Tuple> {
  sizes: readonly Size[];
  args: (size: Size, draw: Draw) => Args;
  /** Kinds of numbers that the kernel's contract gives no meaning. */
  without?: readonly Kind[];
  /**
   * Arguments that need only agree within rounding, and how often the longest chain of operations
   * rounds, the reference's last rounding included. All others agree in every bit.
   */
  rounded?: { outputs: readonly number[]; roundings: (size: Size) => number };
  /** Whole numbers give results that are rounded all the same: there are divisions or roots. */
  inexact?: boolean;
  /** What an error of the smallest float32 grows to by what follows; 1 unless told. */
  growth?: number;
  /** Writes the sums of absolute terms where the reference on absolute numbers does not. */
  terms?: (...args: Args) => void;
  /** The kernel's arguments where they are not the reference's. */
  toKernel?: (args: Args) => Args;
  /** Clears what the contract leaves open. */
  forget?: (...args: Args) => void;
  /**
   * Argument `index` names the largest of four candidates. With rounding it may be another one that
   * is as large as that within twice the error of argument `y`.
   */
  winner?: {
    index: number;
    y: number;
    candidates: (...args: Args) => (i: number, pixel: number) => number;
  };
}

interface Comparison<Size, Args extends Tuple> extends Options<Size, Args> {
  kernel: keyof Kernels;
  reference: (...args: Args) => void;
}

export interface KernelTest {
  kernel: keyof Kernels;
  run: (kernels: Kernels, memory: GuardedMemory) => void;
}

/** A line of the table with the types of its sizes and arguments checked. */
export function compared<Size, Args extends Tuple>(
  kernel: keyof Kernels,
  reference: (...args: Args) => void,
  options: Options<Size, Args>,
): KernelTest {
  const comparison = { kernel, reference, ...options };
  const { sizes, without = [] } = comparison;
  const kinds = (Object.keys(KINDS) as Kind[]).filter((kind) => !without.includes(kind));
  return {
    kernel,
    run(kernels, memory) {
      for (const [i, size] of sizes.entries()) {
        for (const kind of kinds) {
          try {
            runOne(comparison, size, kind, i, kernels, memory);
          } catch (error) {
            const what = `${kernel}() of ${kind} numbers, ${JSON.stringify(size)}`;
            throw new Error(`${what}: ${(error as Error).message}`, { cause: error });
          }
        }
      }
    },
  };
}

function runOne<Size, Args extends Tuple>(
  comparison: Comparison<Size, Args>,
  size: Size,
  kind: Kind,
  seed: number,
  kernels: Kernels,
  memory: GuardedMemory,
): void {
  const { kernel, reference, rounded, winner, toKernel = (args) => args } = comparison;
  const draw = (absolute = false) => comparison.args(size, new Draw(seed, kind, absolute));

  const referenceArgs = draw();
  reference(...referenceArgs);
  const expected = toKernel(referenceArgs);

  memory.clear();
  const actual = placeAll(toKernel(draw()) as unknown as Argument[], memory);
  call(kernels, kernel, actual);
  memory.assertGuards();
  comparison.forget?.(...expected);
  comparison.forget?.(...actual as unknown[] as Args);

  const slackOf = rounded && rounding(comparison, size, kind, draw(true));
  for (const [i, view] of actual.entries()) {
    if (!isView(view)) continue;
    const output = rounded?.outputs.find((output) => actual[output] === view);
    const slack = output === undefined ? undefined : slackOf?.(output);
    if (winner?.index === i && slackOf) {
      const candidate = winner.candidates(...referenceArgs);
      assertWinners(view, expected[i] as View, slackOf(winner.y), candidate);
    } else {
      assertAgrees(i, view, expected[i] as View, slack);
    }
  }
}

function isView(argument: Argument): argument is View {
  return typeof argument === "object" && argument !== null;
}

/** The same arguments in WebAssembly memory; one that is given twice is placed once. */
function placeAll(args: readonly Argument[], memory: GuardedMemory): Argument[] {
  const placed = new Map<Argument, View>();
  return args.map((argument) => {
    if (!isView(argument)) return argument;
    const view = placed.get(argument) ?? memory.place(argument);
    placed.set(argument, view);
    return view;
  });
}

/** Calls a kernel with views in WebAssembly memory where it takes addresses. */
export function call(kernels: Kernels, name: keyof Kernels, args: readonly Argument[]): void {
  const kernel = kernels[name] as (...args: number[]) => unknown;
  kernel(...args.map((argument) => isView(argument) ? argument.byteOffset : argument ?? 0));
}

/** How far number i of an output may be off. */
type Slack = (i: number) => number;

/** What one rounding to float32 is off at most, relative to the result. */
const UNIT = 2 ** -24;
/** The smallest float32: below 2^-126 roundings no longer shrink with the result. */
const SMALLEST = 2 ** -149;

function rounding<Size, Args extends Tuple>(
  { reference, rounded, terms = reference, inexact, growth = 1 }: Comparison<Size, Args>,
  size: Size,
  kind: Kind,
  absolute: Args,
): (output: number) => Slack {
  terms(...absolute);
  const roundings = kind === "integers" && !inexact ? 0 : rounded!.roundings(size);
  const finite = kind !== "infinities" && kind !== "nan";
  return (output) => (i) => {
    const sum = (absolute[output] as Float32Array)[i];
    // Of numbers that are finite an infinite sum means that it depends on their order what overflows.
    if (sum === Infinity) return finite ? Infinity : 0;
    return roundings * (UNIT * sum + SMALLEST * growth);
  };
}

function assertAgrees(argument: number, actual: View, expected: View, slack?: Slack): void {
  for (const [i, number] of actual.entries()) {
    if (Object.is(number, expected[i])) continue;
    const off = Math.abs(number - expected[i]);
    const most = slack?.(i);
    if (most !== undefined && (most === Infinity || off <= most)) continue;
    const allowed = most === undefined ? "" : ` within ${most}`;
    throw new Error(
      `argument ${argument}[${i}] is ${show(number)}, not ${show(expected[i])}${allowed}`,
    );
  }
}

function show(number: number): string {
  return Object.is(number, -0) ? "-0" : String(number);
}

function assertWinners(
  actual: View,
  expected: View,
  slack: Slack,
  candidate: (i: number, pixel: number) => number,
): void {
  for (const [i, pixel] of actual.entries()) {
    if (pixel === expected[i]) continue;
    assert(pixel >= 0 && pixel < 4, `index[${i}] is ${pixel}`);
    const behind = candidate(i, expected[i]) - candidate(i, pixel);
    const most = 2 * slack(i);
    assert(
      most === Infinity || most > 0 && behind <= most,
      `index[${i}] is ${pixel}, not ${expected[i]}, which is larger by ${behind}`,
    );
  }
}
