// From the bytes of a picture to the digits in it: what the command line, and whoever embeds this
// program, asks for.

import type { Backend, Network } from "./backend/backend.ts";
import { areDigits, separatorOf } from "./data/classes.ts";
import { decode } from "./image/decode.ts";
import { MAX_SIDE } from "./image/method.ts";
import { pixelsOnBlack } from "./image/mnist_form.ts";
import { type Drawn, type Method, OpenPage, type PaperOptions } from "./image/open.ts";
import type { Picture } from "./image/picture.ts";
import { type Judge, type Judged, segment, type Segmentation, takeAsOne } from "./image/segment.ts";
import { softmax } from "./model/evaluate.ts";
import type { Model } from "./model/format.ts";
import type { Candidate, DigitReading } from "./reading.ts";

/** A digit, with what people see of it. */
export interface Digit extends DigitReading {
  /** The 28x28 that the network saw, row by row, 0 = paper, 255 = ink. */
  pixels: Uint8Array;
  /** The line that it stands in: 0, 1, ... from the top. */
  line: number;
}

/** What was read in a picture; no digits where there are none. */
export interface Reading {
  /**
   * The digits from left to right, a line break after each line but the last; with spaces between
   * them where some class's name has several characters.
   */
  text: string;
  /** In the same order. */
  digits: Digit[];
  /** Some digit is. */
  uncertain: boolean;
  /** Only where asked for. */
  stages?: Stages;
}

/** What was seen on the way to a reading, for people who want to know why. */
export interface Stages {
  /** The picture as it was worked on: upright, and reduced where it is large. */
  picture: Picture;
  /** (height, width) of `picture`, row-major: 0 paper to 255 ink. */
  ink: Uint8Array;
  /** How many pixels of the original a pixel of `picture` is wide. */
  scale: number;
}

/** A network with the temperature that its logits are divided by. */
export interface Classifier {
  network: Pick<Network, "logits">;
  temperature?: number;
}

/** A model's network on a backend; the caller disposes of it. */
export function openClassifier(
  backend: Backend,
  { architecture, weights, temperature }: Model,
): Classifier & { network: Network } {
  return { network: backend.createNetwork(architecture, weights), temperature };
}

export interface RecogniseOptions extends PaperOptions, Classifier {
  /** What each output of the network stands for. */
  classes: readonly string[];
  /**
   * Tells digits, its second class, from what is none: see data/others.ts. For classes that are digits
   * only, see `areDigits()`; without it a confidence is the network's alone.
   */
  reject?: Classifier;
  /** The picture has one digit; else it is found out how many there are. */
  single?: boolean;
  /**
   * Below this confidence, 0 to 1, a digit is uncertain: {@linkcode THRESHOLD} unless given. So are
   * all in a picture that they explain badly, unless it is 0.
   */
  threshold?: number;
  /** Give what was seen on the way. */
  stages?: boolean;
}

/**
 * Reads the digits in a picture file.
 *
 * @param bytes A PNG, JPEG, GIF, BMP or WebP file.
 * @throws {SyntaxError} when the bytes are no such picture, or damaged.
 * @throws {RangeError} when the picture is too large to decode.
 */
export async function recognise(bytes: Uint8Array, options: RecogniseOptions): Promise<Reading> {
  return await read(await decode(bytes, { side: MAX_SIDE }), options);
}

/** Reads the digits in a picture. */
export async function read(picture: Picture, options: RecogniseOptions): Promise<Reading> {
  const page = new OpenPage(picture);
  const sight = await takeAsItIs(picture, options) ?? await lookAround(page, options);
  const reading = toReading(sight, options);
  const stages = options.stages ? { stages: lookAgain(picture, page, sight.view, options) } : {};
  page.close();
  return { ...reading, ...stages };
}

/** A way to tell ink from paper. */
interface View extends Required<PaperOptions> {
  method: Method;
}

/** What a picture's ink was seen as, and how. */
interface Sight {
  found: Segmentation<Opinion>;
  view: View;
  /** It leaves more unexplained than it explains. */
  isGuess?: boolean;
}

// Tried in turn until one gives digits that are certain. The first does for most pictures.
const METHODS: readonly Method[] = [
  {},
  { dark: true },
  { unruled: true },
  { local: true },
  { local: true, dark: true },
  { local: true, unruled: true },
  { faint: true },
  { faint: true, local: true },
];
// Digits are certain if the penalties come to no more than this for each: they are likely by 86 % at
// least, and no ink of some size is left over.
const CERTAIN = 0.15;
// What is read as if dark were light counts for less: the counters of digits look like digits then.
const UNLIKELY = 0.5;
// After so much ink has been judged no other way is tried: a page of digits is certain at once, and what
// falls into so many pieces is a texture.
const MOST_JUDGED = 4000;
// Where no way explains more than it leaves unexplained, the one is shown whose digits are likeliest,
// if they are by this probability in the mean: better a guess that is marked as one than nothing. Less
// will do where there has to be one.
const LEAST_CONFIDENCE = 0.15;
const LEAST_CONFIDENCE_SINGLE = 0.01;
const NOTHING: Segmentation<Opinion> = { lines: [], cost: 0, value: 0 };

/**
 * The one thing in a picture that is in the form of a data set already, where that is none of digits;
 * undefined for other pictures.
 */
async function takeAsItIs(
  picture: Picture,
  options: RecogniseOptions,
): Promise<Sight | undefined> {
  if (areDigits(options.classes) || options.invert === "no") return undefined;
  const pixels = pixelsOnBlack(picture);
  if (!pixels) return undefined;
  const [seen] = await judgeWith(options)([
    { pixels, box: [0, 0, picture.width, picture.height] },
  ]);
  const found = { lines: [[seen]], cost: seen.loss, value: 1 - seen.loss };
  return { found, view: { invert: "yes", method: METHODS[0] } };
}

/** Looks at the page in one way after the other; gives what is certain or, if nothing is, best. */
async function lookAround(page: OpenPage, options: RecogniseOptions): Promise<Sight> {
  const { invert = "auto", single = false } = options;
  const isKnown = isInkKnown(options);
  const findDigits = single ? takeAsOne : segment;
  const ask = judgeWith(options);
  let judged = 0;
  const judge: Judge<Opinion> = (drawn) => {
    judged += drawn.length;
    return ask(drawn);
  };
  let view: View = { invert, method: METHODS[0] };
  const isLight = page.findPaper({ invert });
  page.separate(METHODS[0]);
  if (page.isBlank) return { found: NOTHING, view };

  const { isUneven } = page;
  let best = { found: NOTHING, view, value: 0, isCertain: false };
  let likely = {
    found: NOTHING,
    view,
    confidence: single ? LEAST_CONFIDENCE_SINGLE : LEAST_CONFIDENCE,
  };
  const polarities = isKnown ? [invert] : [invert, isLight ? "no" : "yes"] as const;
  for (const next of viewsOf(view, polarities, isUneven)) {
    if (judged > MOST_JUDGED) break;
    // On uneven ground each method is tried with dark and with light ink before one is believed.
    if (isUneven && best.isCertain && next.method !== view.method) return best;
    if (next.invert !== view.invert) page.findPaper(next, isKnown);
    const isNew = next === view || page.separate(next.method);
    view = next;
    if (!isNew || page.pieces().length === 0) continue;
    const found = await findDigits(page, judge);
    const count = found.lines.flat().length;
    if (count === 0) continue;
    const isFirst = next.invert === invert;
    const weight = isFirst || isUneven ? 1 : UNLIKELY;
    const confidence = weight * meanConfidence(found);
    if (confidence > likely.confidence) likely = { found, view, confidence };
    // What touches rules takes to have them taken out.
    const isAll = next.method.unruled || !page.mayBeRuled;
    const isCertain = isAll && found.cost <= CERTAIN * count;
    const sight = { found, view, value: weight * found.value, isCertain };
    if (isCertain && isFirst && !isUneven) return sight;
    if (sight.value <= best.value) continue;
    if (isCertain && !isUneven) return sight;
    best = sight;
  }
  return best.found === NOTHING ? { ...likely, isGuess: true } : best;
}

/** The ways to be tried, the first of which is `first` where the ground is even. */
function viewsOf(
  first: View,
  polarities: readonly View["invert"][],
  isUneven: boolean,
): View[] {
  if (!isUneven) {
    const all = polarities.flatMap((invert) => METHODS.map((method) => ({ invert, method })));
    return [first, ...all.slice(1)];
  }
  // What is on the other ground takes a local one to be seen, and neither may be paper.
  return METHODS.filter(({ local }) => local)
    .flatMap((method) => polarities.map((invert) => ({ invert, method })));
}

/** Whether somebody knows if the ink is lighter. */
function isInkKnown({ invert = "auto" }: PaperOptions): boolean {
  return invert !== "auto";
}

/** Of the digits. */
function meanConfidence({ lines }: Segmentation<Opinion>): number {
  const digits = lines.flat();
  return digits.reduce((sum, { loss, doubt = 0 }) => sum + Math.exp(-loss - doubt), 0) /
    digits.length;
}

/** The page as it was when the digits were found in it. */
function lookAgain(
  { width, height, data }: Picture,
  page: OpenPage,
  view: View,
  options: RecogniseOptions,
): Stages {
  page.findPaper(view, isInkKnown(options));
  page.separate(view.method);
  const ink = page.contrast();
  const reduced = new Uint8ClampedArray(4 * ink.width * ink.height);
  const stepX = width / ink.width;
  const stepY = height / ink.height;
  for (let y = 0, to = 0; y < ink.height; y++) {
    const row = Math.floor((y + 0.5) * stepY) * width;
    for (let x = 0; x < ink.width; x++, to += 4) {
      const from = 4 * (row + Math.floor((x + 0.5) * stepX));
      reduced.set(data.subarray(from, from + 4), to);
    }
  }
  return {
    picture: { width: ink.width, height: ink.height, data: reduced },
    ink: ink.data,
    scale: page.scale,
  };
}

/** What the networks make of some ink. */
interface Opinion extends Judged {
  candidates: Candidate[];
}

// What is this unlikely to be a digit is not asked which one.
const SURELY_NONE = 0.01;

function judgeWith({ network, classes, temperature, reject }: RecogniseOptions): Judge<Opinion> {
  return async (drawn) => {
    const isDigit = reject
      ? (await classify(reject, drawn)).map(([, digit]) => digit)
      : drawn.map(() => 1);
    const asked = drawn.filter((_, i) => isDigit[i] >= SURELY_NONE);
    const answers = (await classify({ network, temperature }, asked)).values();
    return drawn.map((it, i): Opinion => {
      const shares = isDigit[i] >= SURELY_NONE
        ? answers.next().value!
        : classes.map(() => 1 / classes.length);
      const candidates = shares
        .map((share, k): Candidate => ({ digit: classes[k], confidence: share * isDigit[i] }))
        .sort((a, b) => b.confidence - a.confidence);
      return { ...it, candidates, loss: -Math.log(candidates[0].confidence) };
    });
  };
}

/** The probabilities of each picture's classes. */
async function classify(
  { network, temperature }: Classifier,
  drawn: readonly Drawn[],
): Promise<number[][]> {
  if (drawn.length === 0) return [];
  const images = new Uint8Array(drawn.length * 28 * 28);
  drawn.forEach(({ pixels }, i) => images.set(pixels, i * 28 * 28));
  const logits = await network.logits(images);
  const classes = logits.length / drawn.length;
  return drawn.map((_, i) => [
    ...softmax(logits.subarray(i * classes, (i + 1) * classes), temperature),
  ]);
}

/**
 * Below this confidence a digit is uncertain, unless told otherwise: 99 of 100 digits in the single
 * scenes of tests/image/scenes.ts are above.
 */
export const THRESHOLD = 0.65;

function toReading(
  { found: { lines }, isGuess = false }: Sight,
  { classes, threshold = THRESHOLD }: RecogniseOptions,
): Reading {
  const digits = lines.flatMap((line, i) =>
    line.map(({ candidates, doubt = 0, box, pixels }): Digit => {
      const [best, ...alternatives] = candidates
        .map(({ digit, confidence }) => ({ digit, confidence: confidence * Math.exp(-doubt) }));
      const uncertain = best.confidence < threshold || (isGuess && threshold > 0);
      return { ...best, box, alternatives, pixels, uncertain, line: i };
    })
  );
  const separator = separatorOf(classes);
  const text = lines.map((line) =>
    line.map(({ candidates }) => candidates[0].digit).join(separator)
  );
  return { text: text.join("\n"), digits, uncertain: digits.some(({ uncertain }) => uncertain) };
}
