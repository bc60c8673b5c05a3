// A sheet of paper, or a screen, on its way into a picture: ink, marks that are no digits, light,
// camera. Each step changes it in place and gives it back, so that a kind of picture reads as what
// happened to it.

import type { Picture } from "../../../lib/image/picture.ts";
import type { Random } from "../../../lib/random.ts";
import { type Cover, drawLines, emptyCover, type Line } from "./glyph.ts";
import { throughJpeg } from "./jpeg.ts";
import { smoothNoise, type Texture } from "./texture.ts";
import type { Writing } from "./writing.ts";

export type Colour = readonly [red: number, green: number, blue: number];

/** The colour that is `share` of the way from `a` to `b`. */
export function mix(a: Colour, b: Colour, share: number): Colour {
  const at = (channel: 0 | 1 | 2) => a[channel] + share * (b[channel] - a[channel]);
  return [at(0), at(1), at(2)];
}

export const BLACK: Colour = [0, 0, 0];
export const WHITE: Colour = [255, 255, 255];

export class Sheet {
  readonly random: Random;
  readonly writing: Writing;
  readonly width: number;
  readonly height: number;
  /** (height, width, 3) row-major: red, green, blue, 0 to 255. */
  readonly #colours: Float32Array;
  #alpha: Float32Array | undefined;
  #quality: number | undefined;

  constructor(random: Random, writing: Writing, paper: Colour = WHITE) {
    this.random = random;
    this.writing = writing;
    this.width = writing.width;
    this.height = writing.height;
    this.#colours = new Float32Array(3 * this.width * this.height);
    this.#each(() => paper);
  }

  /** Writes. */
  ink(colour: Colour): this {
    return this.stamp(this.writing, colour);
  }

  /** Lays ink of a colour onto what is there. */
  stamp({ data }: Cover, colour: Colour, strength = 1): this {
    const to = this.#colours;
    for (let i = 0; i < data.length; i++) {
      if (data[i] === 0) continue;
      const share = strength * data[i];
      for (let c = 0; c < 3; c++) to[3 * i + c] += share * (colour[c] - to[3 * i + c]);
    }
    return this;
  }

  /** Draws lines with a pen. */
  lines(lines: readonly Line[], penWidth: number, colour: Colour): this {
    const cover = emptyCover(this.width, this.height);
    drawLines(cover, lines, penWidth);
    return this.stamp(cover, colour);
  }

  /** Writes as a dry pen or a pencil does on the paper's grain, which takes less ink in places. */
  dryInk(colour: Colour, dryness: number): this {
    const grain = smoothNoise(this.random, Math.max(1.5, this.writing.size / 80));
    const cover = this.writing.data.slice();
    for (let y = 0, i = 0; y < this.height; y++) {
      for (let x = 0; x < this.width; x++, i++) if (cover[i]) cover[i] *= 1 - dryness * grain(x, y);
    }
    return this.stamp({ width: this.width, height: this.height, data: cover }, colour);
  }

  /** Takes a colour wherever `where` says so, with what it covers: 0 to 1. */
  paint(
    where: (x: number, y: number) => number,
    colour: Colour | ((x: number, y: number) => Colour),
  ): this {
    return this.#each((x, y, old) => {
      const share = where(x, y);
      if (share === 0) return old;
      const fresh = typeof colour === "function" ? colour(x, y) : colour;
      return mix(old, fresh, share);
    });
  }

  /** Multiplies the light by a factor that depends on the place, in shares of width and height. */
  light(factor: (u: number, v: number) => number): this {
    const to = this.#colours;
    for (let y = 0, i = 0; y < this.height; y++) {
      for (let x = 0; x < this.width; x++, i += 3) {
        const light = factor(x / this.width, y / this.height);
        to[i] *= light;
        to[i + 1] *= light;
        to[i + 2] *= light;
      }
    }
    return this;
  }

  /** Makes it lighter and darker by a texture, by up to so many 255ths. */
  texture(texture: Texture, amount: number): this {
    const to = this.#colours;
    for (let y = 0, i = 0; y < this.height; y++) {
      for (let x = 0; x < this.width; x++, i += 3) {
        const change = 2 * amount * (texture(x, y) - 0.5);
        to[i] += change;
        to[i + 1] += change;
        to[i + 2] += change;
      }
    }
    return this;
  }

  /** Blurs by a box of so many pixels to each side, twice: nearly a Gaussian. */
  blur(radius: number): this {
    for (let pass = 0; pass < 2; pass++) {
      this.#blurAlong(radius, this.width, this.height, 3, 3 * this.width);
      this.#blurAlong(radius, this.height, this.width, 3 * this.width, 3);
    }
    return this;
  }

  #blurAlong(radius: number, length: number, lines: number, step: number, lineStep: number): void {
    const row = new Float32Array(length);
    for (let line = 0; line < lines; line++) {
      for (let c = 0; c < 3; c++) {
        const start = line * lineStep + c;
        for (let i = 0; i < length; i++) row[i] = this.#colours[start + i * step];
        const at = (i: number) => row[Math.min(length - 1, Math.max(0, i))];
        let sum = 0;
        for (let i = -radius; i <= radius; i++) sum += at(i);
        for (let i = 0; i < length; i++) {
          this.#colours[start + i * step] = sum / (2 * radius + 1);
          sum += at(i + radius + 1) - at(i - radius);
        }
      }
    }
  }

  /** Sensor noise of such a standard deviation in 255ths, more of it in brightness than in colour. */
  noise(deviation: number): this {
    const to = this.#colours;
    for (let i = 0; i < to.length; i += 3) {
      const brightness = this.random.normal(0, deviation);
      for (let c = 0; c < 3; c++) {
        to[i + c] += brightness + (this.random.uniform() - 0.5) * deviation;
      }
    }
    return this;
  }

  /** Single pixels of black and white: a share of all. */
  saltAndPepper(share: number): this {
    for (let i = 0; i < this.#colours.length; i += 3) {
      if (this.random.uniform() < share) this.#colours.fill(255 * this.random.integer(2), i, i + 3);
    }
    return this;
  }

  /** Paper becomes transparent, and only the ink remains. */
  transparent(): this {
    this.#alpha = this.writing.data;
    return this;
  }

  /** It will be saved as a JPEG of so much quality. */
  jpeg(quality: number): this {
    this.#quality = quality;
    return this;
  }

  async picture(): Promise<Picture> {
    const data = new Uint8ClampedArray(4 * this.width * this.height);
    for (let i = 0; i < data.length / 4; i++) {
      data.set(this.#colours.subarray(3 * i, 3 * i + 3), 4 * i);
      data[4 * i + 3] = this.#alpha ? 255 * this.#alpha[i] : 255;
    }
    const picture = { width: this.width, height: this.height, data };
    return this.#quality === undefined ? picture : await throughJpeg(picture, this.#quality);
  }

  #each(colour: (x: number, y: number, old: Colour) => Colour): this {
    for (let y = 0, i = 0; y < this.height; y++) {
      for (let x = 0; x < this.width; x++, i += 3) {
        const [r, g, b] = [this.#colours[i], this.#colours[i + 1], this.#colours[i + 2]];
        this.#colours.set(colour(x, y, [r, g, b]), i);
      }
    }
    return this;
  }
}
