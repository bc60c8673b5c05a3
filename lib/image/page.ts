// From a picture to the pieces of ink in it, and from pieces to digits as MNIST would have them.
//
// This file and all that it imports is TypeScript and AssemblyScript at once. deno task
// build:kernels compiles it to wasm/page.wasm, for the engine interprets JavaScript until it knows
// what to compile, and the one picture that most runs have would be through by then. What that asks
// of the sources:
// - no closures, destructuring, iterators, object literals or unions but with null;
// - whole numbers are Int, and what two of them are divided to goes through int() at once;
// - a variable that begins with a whole number and is none begins with 0.0.

import { type Colours, toColours } from "./colour.ts";
import {
  chooseDigit,
  Component,
  connectedComponents,
  holdsSquare,
  withoutEdges,
  withoutFrames,
  withoutSpecks,
} from "./components.ts";
import {
  blur,
  contrastWith,
  darkThreshold,
  faintThreshold,
  inkThreshold,
  localGround,
  noiseOf,
} from "./contrast.ts";
import { cutOut } from "./ink.ts";
import { type Int, int, max, min } from "./integer.ts";
import { DARK, FAINT, LOCAL, MAX_SIDE, UNRULED } from "./method.ts";
import { toMnist } from "./mnist.ts";
import { drawPaper, findPaper, inkScale, Paper } from "./paper.ts";
import { Box, Plane } from "./plane.ts";
import { eraseRules } from "./rules.ts";
import { cutBySeams } from "./seams.ts";

// With noise of more than this, in 255ths, pictures are blurred, so many times, if their shorter side
// has so many pixels: small ones would lose their strokes. In what is left of it something may be hidden.
const MOST_NOISE = 10;
const MOST_BLURS = 3;
const LEAST_BLURRED = 100;
// What is shorter than this many pixels, or than this share of the picture's length, is dust.
const LEAST_LENGTH = 6;
const LEAST_SHARE = 0.015;
// Parts of a stroke that are fainter than the threshold are ink down to this share of it: hysteresis
// as in Canny, A Computational Approach to Edge Detection (1986).
const HYSTERESIS = 0.5;
// What reaches the picture's edge and is as thick as this share of the shorter side is ground.
const THICKEST = 0.4;

/** A digit as MNIST would have it. */
export class Digit {
  constructor(
    /** (28, 28) row-major: 0 paper to 255 ink. */
    readonly pixels: Uint8Array,
    /** The part of the picture that the ink takes, in pixels. */
    readonly box: Box,
  ) {}
}

/** A picture, and the pieces of ink that were found in it last. */
export class Page {
  private readonly colours: Colours;
  private paper: Paper = new Paper(new Float64Array(0), 0, new Float64Array(0), false);
  private scale: Plane = new Plane(0, 0, new Float64Array(0));
  private ground: Plane = new Plane(0, 0, new Float64Array(0));
  private isLocal: boolean = false;
  private isKnown: boolean = false;
  /** How far each pixel stands out of the paper: 0 to 255 ink. */
  contrast: Plane = new Plane(0, 0, new Float64Array(0));
  private outline: number = 0;
  /** Some of the ground is darker or lighter than was taken for it: what is on it may be lost. */
  isUneven: boolean = false;
  /** There may be rules: something was left out as a frame, with what touches it, or spans the page. */
  mayBeRuled: boolean = false;
  /** Nothing stands out of the paper, which is even enough to say so. */
  isBlank: boolean = true;
  /** By pixel, the label of its piece; of other labels and 0 is what is not in a piece. */
  labels: Int32Array = new Int32Array(0);
  pieces: Component[] = [];
  private labelCount: Int = 0;

  /** @param rgba (height, width) row-major, red in the lowest byte. */
  constructor(rgba: Uint32Array, readonly width: Int, readonly height: Int) {
    this.colours = toColours(rgba, width, height, factorOf(width, height));
  }

  /** How many pixels of the picture a side of one here stands for. */
  get factor(): Int {
    return factorOf(this.width, this.height);
  }

  /**
   * Finds the paper, and what its ink is like.
   *
   * @param inverted Whether the ink is lighter. 1: it is; 0: it is not; -1: find out.
   * @param isKnown Somebody knows: then ink may be the greater part of the picture.
   */
  findPaper(inverted: Int, isKnown: boolean): boolean {
    this.isKnown = isKnown;
    this.paper = findPaper(this.colours, inverted);
    this.scale = inkScale(this.colours, this.paper);
    this.ground = drawPaper(this.paper, this.scale.width, this.scale.height);
    this.isLocal = false;
    for (let i = 0; i < MOST_BLURS && this.isNoisy(); i++) this.scale = blur(this.scale);
    return this.paper.inverted;
  }

  /** Whether single pixels of strokes would drown in the noise. */
  private isNoisy(): boolean {
    return min(this.scale.width, this.scale.height) >= LEAST_BLURRED &&
      noiseOf(this.scale, this.ground) > MOST_NOISE;
  }

  /**
   * Finds the pieces of ink.
   *
   * @param method {@linkcode LOCAL}, {@linkcode UNRULED}, {@linkcode FAINT}, {@linkcode DARK}, any of them.
   * @returns Whether there are rules to take out, or darker and lighter ink, where that is asked for.
   */
  separate(method: Int): boolean {
    const isLocal = (method & LOCAL) !== 0;
    if (isLocal !== this.isLocal) {
      this.isLocal = isLocal;
      this.ground = drawPaper(this.paper, this.scale.width, this.scale.height);
      if (isLocal) this.ground = localGround(this.scale, this.ground);
    }
    const contrast = contrastWith(this.scale, this.ground);
    const plane = contrast.plane;
    const mask = new Uint8Array(plane.data.length);
    this.contrast = plane;
    this.pieces = [];
    this.isUneven = contrast.isUneven;
    this.mayBeRuled = false;
    let threshold = (method & FAINT) !== 0 ? faintThreshold(contrast) : inkThreshold(contrast);
    this.isBlank = threshold === 0 && contrast.noise <= MOST_NOISE;
    if (threshold === 0) return true;

    this.outline = HYSTERESIS * threshold;
    if ((method & DARK) !== 0) {
      const dark = darkThreshold(contrast, threshold);
      if (dark === 0) return false; // all ink is as dark
      this.outline = (threshold + dark) / 2;
      threshold = dark;
    }
    markAbove(this.outline, plane.data, mask);
    const isRuled = (method & UNRULED) !== 0 && takeOutRules(mask, plane);
    const found = connectedComponents(mask, plane);
    this.labels = found.labels;
    this.labelCount = found.components.length;
    const side = max(1, int(THICKEST * min(plane.width, plane.height)));
    const certain: Component[] = [];
    for (let i = 0; i < found.components.length; i++) {
      const it = found.components[i];
      if (it.peak <= threshold) continue;
      // Unless somebody knows better, paper is the greater part of a picture.
      const mayBeGround = it.edge > 0 && (!this.isKnown || 2 * it.area < mask.length);
      if (!mayBeGround || !holdsSquare(found, it, side, plane.width)) certain.push(it);
      else this.isUneven = true;
    }
    const inside = withoutEdges(certain, isLocal); // there the ground is less sure
    const pieces = withoutFrames(inside);
    this.mayBeRuled = pieces.length < inside.length || anySpans(pieces, plane.width, plane.height);
    const least = Math.max(LEAST_LENGTH, LEAST_SHARE * max(plane.width, plane.height));
    for (let i = 0; i < pieces.length && this.pieces.length === 0; i++) {
      if (pieces[i].length >= least) this.pieces = withoutSpecks(pieces);
    }
    return isRuled || (method & UNRULED) === 0;
  }

  /** Leaves only the pieces that make up the one digit of the picture. */
  keepOneDigit(): void {
    this.pieces = chooseDigit(this.pieces);
  }

  /**
   * Cuts the piece of that index where it may be several digits. They are taken from left to right
   * in its place.
   *
   * @returns How many it has become.
   */
  cut(index: Int): Int {
    const piece = this.pieces[index];
    const first = this.labelCount + 1;
    const count = cutBySeams(piece, this.contrast, this.labels, first);
    this.labelCount += count;
    const slices: Component[] = [];
    const width = this.contrast.width;
    for (let i = 0; i < count; i++) {
      slices.push(new Component(first + i, piece.right, piece.bottom, piece.left, piece.top));
    }
    for (let y = piece.top; y <= piece.bottom; y++) {
      for (let x = piece.left; x <= piece.right; x++) {
        const slice = this.labels[y * width + x] - first;
        if (slice < 0 || slice >= count) continue;
        slices[slice].add(x, y, this.contrast.data[y * width + x], false);
      }
    }
    const pieces: Component[] = [];
    for (let i = 0; i < index; i++) pieces.push(this.pieces[i]);
    for (let i = 0; i < count; i++) if (slices[i].area > 0) pieces.push(slices[i]);
    for (let i = index + 1; i < this.pieces.length; i++) pieces.push(this.pieces[i]);
    const more = pieces.length - this.pieces.length;
    this.pieces = pieces;
    return more + 1;
  }

  /** The digit that some pieces make, known by their indices. */
  draw(indices: Int32Array): Digit {
    const chosen: Component[] = [];
    for (let i = 0; i < indices.length; i++) chosen.push(this.pieces[indices[i]]);
    const ink = cutOut(chosen, this.contrast, this.outline, this.labels, this.labelCount);
    const left = ink.box.x * this.factor;
    const top = ink.box.y * this.factor;
    const right = min(this.width, left + ink.box.width * this.factor);
    const bottom = min(this.height, top + ink.box.height * this.factor);
    return new Digit(toMnist(ink), new Box(left, top, right - left, bottom - top));
  }
}

// What reaches from edge to edge and is no thicker than this share of the page may be a rule.
const RULE_SHARE = 0.1;

function anySpans(pieces: Component[], width: Int, height: Int): boolean {
  for (let i = 0; i < pieces.length; i++) {
    const it = pieces[i];
    const isUpright = it.top === 0 && it.bottom === height - 1;
    const isLevel = it.left === 0 && it.right === width - 1;
    if (isUpright && it.right - it.left < RULE_SHARE * width) return true;
    if (isLevel && it.bottom - it.top < RULE_SHARE * height) return true;
  }
  return false;
}

/** Sets the mask where a value is above the threshold. */
function markAbove(threshold: number, values: Float64Array, mask: Uint8Array): void {
  for (let i = 0; i < mask.length; i++) if (values[i] > threshold) mask[i] = 1;
}

/**
 * Takes ruled lines out of a mask of ink. They are looked for in all that stands out: faint ones have
 * gaps in what is ink.
 */
function takeOutRules(mask: Uint8Array, contrast: Plane): boolean {
  const all = new Uint8Array(mask.length);
  markAbove(0, contrast.data, all);
  if (!eraseRules(all, contrast.width, contrast.height)) return false;
  for (let i = 0; i < mask.length; i++) mask[i] &= all[i];
  return true;
}

function factorOf(width: Int, height: Int): Int {
  return int((max(width, height) + MAX_SIDE - 1) / MAX_SIDE);
}
