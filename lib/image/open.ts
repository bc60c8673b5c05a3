// The pieces of ink in a picture, found by compiled code.

import { DARK, FAINT, LOCAL, UNRULED } from "./method.ts";
import { loadPage } from "./modules.ts";
import type { Piece } from "./pieces.ts";
import type { Picture } from "./picture.ts";

// page.ts, compiled: a new process has a picture looked at in a tenth of the time.
const MODULE = await loadPage();

/** What wasm/index.ts exports. */
interface Exports {
  readonly memory: WebAssembly.Memory;
  __collect(): void;
  allocate(count: number): number;
  open(width: number, height: number): number;
  findPaper(inverted: number, isKnown: boolean): number;
  separate(method: number): number;
  isBlank(): number;
  isUneven(): number;
  mayBeRuled(): number;
  keepOneDigit(): void;
  cut(index: number): number;
  pieceCount(): number;
  pieces(): number;
  choose(count: number): number;
  draw(): number;
  left(): number;
  top(): number;
  width(): number;
  height(): number;
  contrast(): number;
  pageWidth(): number;
  pageHeight(): number;
}

/** How ink is told from paper. */
export interface Method {
  /** The ground changes abruptly, as at the edges of shadows; else it is one smooth surface. */
  local?: boolean;
  /** Ruled lines are taken out. */
  unruled?: boolean;
  /** Ink is all that stands out well, even beside something much darker. */
  faint?: boolean;
  /** Ink is only what is darker than other things that stand out, such as printed lines. */
  dark?: boolean;
}

/** Some pieces as one digit. */
export interface Drawn {
  /** (28, 28) row-major: 0 paper to 255 ink. */
  readonly pixels: Uint8Array;
  /** The part of the picture that the ink takes, in pixels of the file's picture. */
  readonly box: readonly [x: number, y: number, width: number, height: number];
}

/** Options of {@linkcode OpenPage}. */
export interface PaperOptions {
  /** Whether the ink is lighter than the paper ("auto": find out). */
  invert?: "auto" | "yes" | "no";
}

/** The code's instances that no page uses, see {@linkcode OpenPage.close}. */
const idle: WeakRef<Exports>[] = [];

/** Bytes that reading takes for each pixel of a picture, or a few less. */
const BYTES_PER_PIXEL = 64;

/**
 * The smallest one that has room for a picture already, or the largest: memories never shrink, and all
 * of them would become as large as the largest picture takes.
 */
function takeIdle(pixels: number): Exports | undefined {
  const codes = idle.splice(0).map((reference) => reference.deref())
    .filter((code) => code !== undefined)
    .sort((a, b) => a.memory.buffer.byteLength - b.memory.buffer.byteLength);
  const fitting = codes.findIndex(({ memory }) =>
    memory.buffer.byteLength >= BYTES_PER_PIXEL * pixels
  );
  const [taken] = codes.splice(fitting, 1); // -1 is the last
  idle.push(...codes.map((code) => new WeakRef(code)));
  return taken;
}

/** A picture, in which pieces of ink are looked for. To be closed when it was read. */
export class OpenPage {
  readonly #code: Exports;
  readonly #picture: Required<Omit<Picture, "data">>;
  /** How many pixels of the file's picture a side of one of the page stands for. */
  readonly scale: number;

  constructor(picture: Picture) {
    const { width, height, data, scale = 1, fullWidth = width, fullHeight = height } = picture;
    this.#picture = { width, height, scale, fullWidth, fullHeight };
    this.#code = takeIdle(width * height) ??
      new WebAssembly.Instance(MODULE).exports as unknown as Exports;
    const address = this.#code.allocate(width * height);
    new Uint8Array(this.#code.memory.buffer).set(data, address);
    this.scale = scale * this.#code.open(width, height);
  }

  /**
   * Leaves the page's memory to the next one: not to be called after an error, which may have left it
   * unusable. The garbage collector does not see how much an instance takes: with a new one for each
   * picture, thirty photos made gigabytes.
   */
  close(): void {
    idle.push(new WeakRef(this.#code));
  }

  /**
   * Finds the paper; gives whether the ink is lighter.
   *
   * @param isKnown Whether that is known, where it is said; else it is tried.
   */
  findPaper(
    { invert = "auto" }: PaperOptions = {},
    isKnown: boolean = invert !== "auto",
  ): boolean {
    return this.#code.findPaper({ auto: -1, no: 0, yes: 1 }[invert], isKnown) !== 0;
  }

  /** Finds the pieces of ink; false where there are no rules to take out, or none is darker. */
  separate({ local = false, unruled = false, faint = false, dark = false }: Method = {}): boolean {
    this.#code.__collect(); // what the last call left over
    const flags = (local ? LOCAL : 0) | (unruled ? UNRULED : 0) | (faint ? FAINT : 0) |
      (dark ? DARK : 0);
    return this.#code.separate(flags) !== 0;
  }

  /** Whether nothing stands out of the paper. */
  get isBlank(): boolean {
    return this.#code.isBlank() !== 0;
  }

  /** Whether some ground is darker or lighter than was taken for it: what is on it may be lost. */
  get isUneven(): boolean {
    return this.#code.isUneven() !== 0;
  }

  /** Whether something may be rules, or was left out as a frame, with what touches it. */
  get mayBeRuled(): boolean {
    return this.#code.mayBeRuled() !== 0;
  }

  /** Leaves only the pieces that make up the one digit of the picture. */
  keepOneDigit(): void {
    this.#code.keepOneDigit();
  }

  /** Cuts a piece where it may be several digits; gives how many pieces it has become. */
  cut(index: number): number {
    return this.#code.cut(index);
  }

  /** Whether something reaches the picture's edge. */
  isAtEdge({ left, top, right, bottom }: Piece): boolean {
    return left === 0 || top === 0 || right === this.#code.pageWidth() - 1 ||
      bottom === this.#code.pageHeight() - 1;
  }

  /** All pieces, in no particular order but that of what was cut. */
  pieces(): Piece[] {
    const address = this.#code.pieces();
    const table = new Int32Array(this.#code.memory.buffer, address, 5 * this.#code.pieceCount());
    return Array.from({ length: this.#code.pieceCount() }, (_, i) => {
      const [left, top, right, bottom, area] = table.subarray(5 * i, 5 * i + 5);
      return { left, top, right, bottom, area };
    });
  }

  /** The digit that some pieces make, by their indices. */
  draw(indices: readonly number[]): Drawn {
    this.#code.__collect();
    const address = this.#code.choose(indices.length);
    new Int32Array(this.#code.memory.buffer, address, indices.length).set(indices);
    const pixels = this.#code.draw();
    const { scale, fullWidth, fullHeight } = this.#picture;
    const left = scale * this.#code.left();
    const top = scale * this.#code.top();
    const right = Math.min(fullWidth, left + scale * this.#code.width());
    const bottom = Math.min(fullHeight, top + scale * this.#code.height());
    return {
      pixels: new Uint8Array(this.#code.memory.buffer, pixels, 28 * 28).slice(),
      box: [left, top, right - left, bottom - top],
    };
  }

  /** How far each pixel of the page stands out of the paper: 0 to 255 ink. */
  contrast(): { width: number; height: number; data: Uint8Array } {
    const width = this.#code.pageWidth();
    const height = this.#code.pageHeight();
    const { buffer } = this.#code.memory;
    const values = new Float64Array(buffer, this.#code.contrast(), width * height);
    return { width, height, data: Uint8Array.from(values, Math.round) };
  }
}
