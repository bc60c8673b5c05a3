// Reads a drawn digit with the library, as a program does that may do nothing else.

import { createRecogniser, syntheticDigits } from "../../mod.ts";

const { images, labels } = syntheticDigits({ count: 1, seed: 1 });
const data = new Uint8ClampedArray(4 * images.length);
images.forEach((ink, i) => data.fill(255 - ink, 4 * i, 4 * i + 3).fill(255, 4 * i + 3, 4 * i + 4));
using recogniser = await createRecogniser({ threads: Number(Deno.args[0]) });
const { text } = await recogniser.read({ width: 28, height: 28, data });
console.log(text === String(labels[0]));
