// Lays typed arrays out in WebAssembly memory, with guard zones between them that show when a kernel
// writes where it should not.

export type View = Float32Array | Int32Array | Uint8Array;

/** Where the kernels' callers begin: behind whatever a module keeps for itself. */
export const START = 65536;

/** Size of a guard zone; more than a tile's rows and columns, in bytes. */
const GUARD = 256;

/**
 * What guard zones are filled with: as float32 a signalling NaN. A kernel that reads it gives NaN,
 * and none writes it by chance, because arithmetic makes quiet NaNs only.
 */
const SENTINEL = new Uint8Array(Uint32Array.of(0x7fa5a5a5).buffer);

/** A bump allocator; `clear` makes all of the memory free again. */
export class GuardedMemory {
  readonly #bytes: Uint8Array;
  /** Guard zones, [from, to) in bytes. */
  #guards: [from: number, to: number][] = [];
  #end = START;

  constructor(readonly memory: WebAssembly.Memory) {
    this.#bytes = new Uint8Array(memory.buffer);
    this.#guard(GUARD);
  }

  /** A copy of `view` between guard zones: its byteOffset is what kernels take as its address. */
  place<V extends View>(view: V): V {
    const at = this.#end;
    this.#end += view.byteLength;
    // Views begin at multiples of 4, and at odd multiples too: no kernel is promised more.
    this.#guard(GUARD + 3 - (this.#end + 3) % 4);
    const View = view.constructor as new (buffer: ArrayBufferLike, at: number, n: number) => V;
    const copy = new View(this.memory.buffer, at, view.length);
    copy.set(view);
    return copy;
  }

  #guard(size: number): void {
    const from = this.#end;
    this.#end += size;
    if (this.#end > this.#bytes.length) throw new RangeError("The tests' memory is too small");
    for (let i = from; i < this.#end; i++) this.#bytes[i] = SENTINEL[i % 4];
    this.#guards.push([from, this.#end]);
  }

  /** @throws {Error} if something wrote between the views. */
  assertGuards(): void {
    for (const [zone, [from, to]] of this.#guards.entries()) {
      for (let i = from; i < to; i++) {
        if (this.#bytes[i] === SENTINEL[i % 4]) continue;
        const before = zone ? `${i - from} bytes behind view ${zone - 1}` : "below all views";
        throw new Error(`Written ${before}, ${to - i} bytes before view ${zone}`);
      }
    }
  }

  clear(): void {
    this.#guards = [];
    this.#end = START;
    this.#guard(GUARD);
  }
}
