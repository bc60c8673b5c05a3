// Writes the sample pictures in images/: digits in different hands, on paper, a blackboard, a
// phone's photo, ... Running it again gives the same bytes.
// Usage: deno run --allow-read --allow-write=images --allow-ffi --allow-env tools/make_samples.ts

import { Image } from "imagescript";
import { drawDigit } from "../lib/data/synthetic.ts";
import { Random } from "../lib/random.ts";

type Colour = readonly [red: number, green: number, blue: number];

interface Sample {
  file: string;
  /** One digit or several, written from left to right. */
  digits: string;
  /** Chosen by eye: the hand is legible and differs from the others'. */
  seed: number;
  /** In pixels, as everything here. */
  size: [width: number, height: number];
  /** Where the digits go; several share it evenly. */
  box: [x: number, y: number, width: number, height: number];
  pen: number;
  ink: Colour;
  /** `undefined` is transparent. */
  paper?: Colour;
  /** How much less ink the grain of the paper takes, 0 to 1. */
  grain?: number;
  /** How much darker the paper gets towards the right bottom corner, 0 to 1. */
  shade?: number;
  /** How far neighbouring pixels' brightness differs, in 1/255. */
  noise?: number;
  softness?: number;
}

const SAMPLES: Sample[] = [
  { // a pencil
    file: "1.png",
    digits: "1",
    seed: 7,
    size: [300, 400],
    box: [90, 60, 120, 280],
    pen: 7,
    ink: [70, 70, 74],
    paper: [250, 249, 246],
    grain: 0.5,
  },
  { // a marker
    file: "2.png",
    digits: "2",
    seed: 3,
    size: [420, 420],
    box: [70, 60, 280, 300],
    pen: 40,
    ink: [20, 20, 24],
    paper: [255, 255, 255],
  },
  { // chalk on a blackboard
    file: "3.png",
    digits: "3",
    seed: 14,
    size: [320, 320],
    box: [80, 50, 160, 220],
    pen: 15,
    ink: [236, 238, 230],
    paper: [38, 58, 50],
    grain: 0.6,
    shade: 0.15,
  },
  { // a ballpoint, in a corner of the sheet
    file: "4.png",
    digits: "4",
    seed: 3,
    size: [640, 480],
    box: [430, 260, 150, 160],
    pen: 7,
    ink: [28, 52, 150],
    paper: [253, 253, 250],
    grain: 0.2,
  },
  { // a large scan
    file: "5.png",
    digits: "5",
    seed: 2,
    size: [1200, 1600],
    box: [200, 250, 800, 1050],
    pen: 62,
    ink: [12, 12, 12],
    paper: [255, 255, 255],
  },
  { // cut out in a drawing program
    file: "6.png",
    digits: "6",
    seed: 7,
    size: [256, 256],
    box: [48, 28, 160, 200],
    pen: 18,
    ink: [16, 16, 16],
  },
  { // a felt pen
    file: "7.png",
    digits: "7",
    seed: 8,
    size: [360, 360],
    box: [80, 60, 200, 240],
    pen: 22,
    ink: [196, 30, 44],
    paper: [252, 246, 228],
  },
  { // recycled paper under a lamp
    file: "8.png",
    digits: "8",
    seed: 2,
    size: [240, 300],
    box: [50, 50, 130, 190],
    pen: 11,
    ink: [44, 42, 40],
    paper: [206, 202, 194],
    grain: 0.2,
    shade: 0.35,
    noise: 2,
  },
  { // as small as MNIST's
    file: "9.png",
    digits: "9",
    seed: 9,
    size: [28, 28],
    box: [5, 3, 18, 22],
    pen: 2.6,
    ink: [0, 0, 0],
    paper: [255, 255, 255],
    softness: 1.4,
  },
  { // light on dark, as on a tablet
    file: "10.png",
    digits: "0",
    seed: 15,
    size: [500, 380],
    box: [40, 40, 240, 250],
    pen: 18,
    ink: [255, 214, 92],
    paper: [24, 26, 32],
  },
  { // a phone's photo of a sheet: shadow, noise, JPEG
    file: "phone.jpg",
    digits: "4",
    seed: 4,
    size: [640, 480],
    box: [230, 110, 190, 250],
    pen: 14,
    ink: [42, 46, 84],
    paper: [214, 208, 196],
    grain: 0.15,
    shade: 0.4,
    noise: 7,
    softness: 2.5,
  },
  { // a number
    file: "number.jpg",
    digits: "2750946",
    seed: 12,
    size: [900, 300],
    box: [60, 90, 780, 120],
    pen: 7,
    ink: [30, 44, 120],
    paper: [240, 236, 226],
    grain: 0.3,
    shade: 0.3,
    noise: 3,
    softness: 1.5,
  },
];

for (const sample of SAMPLES) {
  const image = render(sample);
  const bytes = sample.file.endsWith(".jpg")
    ? await image.encodeJPEG(82) // as phones do
    : await image.encode(9, { creationTime: 0 }); // without the time, for the same bytes again
  await Deno.writeFile(`images/${sample.file}`, bytes);
}

/** Puts ink on paper. */
function render(sample: Sample): Image {
  const { size: [width, height], ink, paper, grain = 0, shade = 0, noise = 0 } = sample;
  const random = new Random(sample.seed);
  const cover = write(sample, random);
  const grains = smoothNoise(random, width, height, 2.5);
  const image = new Image(width, height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const i = y * width + x;
      const alpha = cover[i] / 255 * (1 - grain * grains[i]);
      const light = 1 - shade * ((x / width + y / height) / 2) ** 2;
      const error = noise === 0 ? 0 : random.normal(0, noise);
      for (let c = 0; c < 3; c++) {
        const colour = paper ? paper[c] + alpha * (ink[c] - paper[c]) : ink[c];
        image.bitmap[4 * i + c] = Math.round(colour * light + error);
      }
      image.bitmap[4 * i + 3] = paper ? 255 : Math.round(255 * alpha);
    }
  }
  return image;
}

/** How much of each pixel is covered with ink: `[height, width]`, 0 to 255. */
function write({ digits, size, box, pen, softness }: Sample, random: Random): Uint8Array {
  const [width, height] = size;
  const [x, y, boxWidth, boxHeight] = box;
  const share = boxWidth / digits.length;
  const cover = new Uint8Array(width * height);
  [...digits].forEach((digit, i) => {
    const { pixels } = drawDigit(random, Number(digit), {
      width,
      height,
      // Several digits keep a gap, which is how they are told apart.
      box: {
        x: x + i * share,
        y,
        width: digits.length > 1 ? 0.8 * share : share,
        height: boxHeight,
      },
      penWidth: pen,
      softness,
    });
    pixels.forEach((value, p) => cover[p] = Math.max(cover[p], value));
  });
  return cover;
}

/** Random numbers from 0 to 1 that change smoothly over `cell` pixels: `[height, width]`. */
function smoothNoise(random: Random, width: number, height: number, cell: number): Float32Array {
  const columns = Math.ceil(width / cell) + 1;
  const rows = Math.ceil(height / cell) + 1;
  const grid = Float32Array.from({ length: columns * rows }, () => random.uniform());
  const noise = new Float32Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [gx, gy] = [x / cell, y / cell];
      const at = Math.floor(gy) * columns + Math.floor(gx);
      const [fx, fy] = [gx % 1, gy % 1];
      const top = grid[at] * (1 - fx) + grid[at + 1] * fx;
      const bottom = grid[at + columns] * (1 - fx) + grid[at + columns + 1] * fx;
      noise[y * width + x] = top * (1 - fy) + bottom * fy;
    }
  }
  return noise;
}
