// Writes docs/test-vectors/vectors.json: what comes of the sample pictures on every step, for people who
// take the same steps elsewhere. The networks run on the backend cpu, in plain JavaScript, so that
// running it again gives the same bytes on every machine.
// Usage: deno task vectors

import { chooseBackend } from "../lib/backend/choose.ts";
import { decode, type Picture } from "../lib/image/decode.ts";
import { softmax } from "../lib/model/evaluate.ts";
import { DEFAULT_MODEL, REJECT_MODEL } from "../lib/model/format.ts";
import { RECIPES } from "../lib/model/recipes.ts";
import { loadModel } from "../lib/model/store.ts";
import {
  type Classifier,
  openClassifier,
  recognise,
  type RecogniseOptions,
} from "../lib/recognise.ts";

const ROOT = new URL("..", import.meta.url);
export const FILE = new URL("docs/test-vectors/vectors.json", ROOT);

const PICTURES = [
  ...Array.from({ length: 10 }, (_, i) => `images/${i + 1}.png`),
  "images/number.jpg",
  "images/phone.jpg",
];

const SIDE = 28;

/** The file's contents. */
export interface Vectors {
  /** What each output stands for, and what logits are divided by, for each network. */
  networks: Record<string, { classes: readonly string[]; temperature: number }>;
  pictures: PictureVector[];
}

/** What comes of a picture. */
export interface PictureVector {
  /** Its path from the project's folder. */
  file: string;
  /** Pixels of the upright picture. */
  width: number;
  height: number;
  /** SHA-256 of (height, width, 4) bytes; not of a JPEG, whose decoders differ in the last bit. */
  sha256?: string;
  text: string;
  digits: DigitVector[];
}

/** What comes of a digit in it. */
export interface DigitVector {
  digit: string;
  /** Where the ink is: [x, y, width, height] in pixels. */
  box: readonly number[];
  /** 28 rows of 28 bytes in hexadecimal: 00 paper to ff ink. */
  pixels: string[];
  /** What each network gives for these. */
  outputs: Record<string, { logits: number[]; probabilities: number[] }>;
}

/** A network with what its outputs stand for. */
type Opened = Classifier & Pick<RecogniseOptions, "classes">;

/** Works everything out. */
export async function makeVectors(): Promise<Vectors> {
  const networks = await openNetworks();
  const options = { ...networks[DEFAULT_MODEL], reject: networks[REJECT_MODEL] };
  const pictures: PictureVector[] = [];
  for (const file of PICTURES) pictures.push(await pictureVector(file, options, networks));
  const described = Object.entries(networks).map(([name, { classes, temperature = 1 }]) =>
    [name, { classes, temperature }] as const
  );
  return { networks: Object.fromEntries(described), pictures };
}

async function openNetworks(): Promise<Record<string, Opened>> {
  const { backend } = await chooseBackend("cpu");
  const networks: Record<string, Opened> = {};
  for (const name of Object.keys(RECIPES)) {
    const model = await loadModel(new URL(`models/${name}`, ROOT).pathname);
    networks[name] = { ...openClassifier(backend, model), classes: model.classes };
  }
  return networks;
}

async function pictureVector(
  file: string,
  options: RecogniseOptions,
  networks: Record<string, Opened>,
): Promise<PictureVector> {
  const bytes = await Deno.readFile(new URL(file, ROOT));
  const picture = await decode(bytes);
  const { text, digits } = await recognise(bytes, options);
  const vectors: DigitVector[] = [];
  for (const { digit, box, pixels } of digits) {
    const outputs: DigitVector["outputs"] = {};
    for (const [name, network] of Object.entries(networks)) {
      outputs[name] = await outputsOf(network, pixels);
    }
    vectors.push({ digit, box, pixels: hexRows(pixels), outputs });
  }
  return {
    file,
    width: picture.width,
    height: picture.height,
    ...(file.endsWith(".png") ? { sha256: await hashOf(picture) } : {}),
    text,
    digits: vectors,
  };
}

async function outputsOf({ network, temperature }: Opened, pixels: Uint8Array) {
  const logits = await network.logits(pixels);
  return {
    logits: Array.from(logits, (value) => Number(value.toPrecision(7))), // what float32 has
    probabilities: softmax(logits, temperature).map((value) => Number(value.toFixed(7))),
  };
}

async function hashOf({ data }: Picture): Promise<string> {
  const bytes = new Uint8Array(data);
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

function hexRows(pixels: Uint8Array): string[] {
  return Array.from({ length: SIDE }, (_, y) => pixels.slice(y * SIDE, (y + 1) * SIDE).toHex());
}

/** The text of the file: JSON with a line for each list of numbers. */
export function format(vectors: Vectors): string {
  const text = JSON.stringify(vectors, null, 1);
  return text.replaceAll(/\[[-\d.e,\s]+\]/g, (list) => list.replaceAll(/\s+/g, " ")) + "\n";
}

if (import.meta.main) await Deno.writeTextFile(FILE, format(await makeVectors()));
