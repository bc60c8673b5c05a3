// So much at a time, and no more: what memory has to hold.

interface Waiting {
  weight: number;
  enter: () => void;
}

/** Lets work begin in its order, as soon as there is room for its weight. */
export class Gate {
  readonly #capacity: number;
  #room: number;
  readonly #waiting: Waiting[] = [];

  constructor(capacity: number) {
    [this.#capacity, this.#room] = [capacity, capacity];
  }

  /** Does the work in its turn; what is heavier than the whole capacity is done alone. */
  async pass<T>(weight: number, work: () => Promise<T>): Promise<T> {
    const own = Math.min(weight, this.#capacity);
    await new Promise<void>((enter) => {
      this.#waiting.push({ weight: own, enter });
      this.#admit();
    });
    try {
      return await work();
    } finally {
      this.#room += own;
      this.#admit();
    }
  }

  #admit(): void {
    while (this.#waiting.length > 0 && this.#waiting[0].weight <= this.#room) {
      const { weight, enter } = this.#waiting.shift()!;
      this.#room -= weight;
      enter();
    }
  }
}
