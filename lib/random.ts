// Seeded random numbers: everything random in this project is drawn from here, so that the same
// seed gives the same run on every machine.
// Source: sfc32 of Chris Doty-Humphrey's PractRand (it passes BigCrush); seeding by splitmix32.

/** A seeded source of random numbers. */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;
  #spareNormal: number | undefined;

  /**
   * @param seed A whole number; only its lower 32 bits count.
   * @param stream Numbers drawn for different purposes come from different streams of one seed.
   */
  constructor(seed: number, stream = 0) {
    const mix = splitmix32((seed ^ Math.imul(stream, 0x9e3779b9)) | 0);
    this.#a = mix();
    this.#b = mix();
    this.#c = mix();
    for (let i = 0; i < 12; i++) this.#next();
  }

  #next(): number {
    const t = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + t | 0;
    return t >>> 0;
  }

  /** A number in [low, high), by default in [0, 1). */
  uniform(low = 0, high = 1): number {
    return low + (high - low) * (this.#next() / 2 ** 32);
  }

  /** A whole number in [0, bound). */
  integer(bound: number): number {
    return Math.floor(this.uniform() * bound);
  }

  /** A number of the normal distribution (Box-Muller, two at a time). */
  normal(mean = 0, deviation = 1): number {
    let value = this.#spareNormal;
    if (value === undefined) {
      const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
      const angle = 2 * Math.PI * this.uniform();
      this.#spareNormal = radius * Math.sin(angle);
      value = radius * Math.cos(angle);
    } else {
      this.#spareNormal = undefined;
    }
    return mean + deviation * value;
  }

  /** One element of `choices`. */
  pick<T>(choices: readonly T[]): T {
    return choices[this.integer(choices.length)];
  }

  /** The whole numbers 0 to `count` - 1 in random order (Fisher-Yates). */
  permutation(count: number): Uint32Array {
    const order = Uint32Array.from({ length: count }, (_, i) => i);
    for (let i = count - 1; i > 0; i--) {
      const j = this.integer(i + 1);
      [order[i], order[j]] = [order[j], order[i]];
    }
    return order;
  }
}

function splitmix32(state: number): () => number {
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let t = state ^ (state >>> 16);
    t = Math.imul(t, 0x21f0aaad);
    t = t ^ (t >>> 15);
    t = Math.imul(t, 0x735a2d97);
    return t ^ (t >>> 15);
  };
}
