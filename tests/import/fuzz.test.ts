// Damaged and hostile files: each is refused in words, or is a model that runs.

import { assert } from "@std/assert";
import { chooseBackend } from "../../lib/backend/choose.ts";
import { UserError } from "../../lib/errors.ts";
import { importModel } from "../../lib/import/import.ts";
import { Random } from "../../lib/random.ts";
import { ROOT } from "../commands.ts";
import { testWithFolder } from "../parts.ts";

const COUNT = 1500;

/** A file with a few of its bytes changed, cut out, or repeated. */
function mutant(original: Uint8Array<ArrayBuffer>, random: Random): Uint8Array<ArrayBuffer> {
  let bytes = original.slice();
  for (let times = 1 + random.integer(3); times > 0; times--) {
    // Half of them near the beginning: weights fill most of a file.
    const at = random.integer(random.integer(2) === 0 ? bytes.length : Math.min(500, bytes.length));
    const length = random.integer(20);
    const part = bytes.slice(at, at + length);
    switch (random.integer(4)) {
      case 0:
        bytes[at] = random.integer(256);
        break;
      case 1:
        bytes[at] ^= 1 << random.integer(8);
        break;
      case 2:
        bytes = Uint8Array.of(...bytes.subarray(0, at), ...bytes.subarray(at + length));
        break;
      case 3:
        bytes = Uint8Array.of(...bytes.subarray(0, at), ...part, ...bytes.subarray(at));
    }
    if (bytes.length === 0) return original;
  }
  return bytes;
}

/** Writes mutants of a file in the folder to its place, and imports each. */
async function fuzz(folder: string, file: string, from: string): Promise<void> {
  const original = await Deno.readFile(`${folder}/${file}`);
  const { backend } = await chooseBackend("simd", { threads: 1 });
  const random = new Random(1);
  const counts = { models: 0, refusals: 0 };
  for (let number = 0; number < COUNT; number++) {
    await Deno.writeFile(`${folder}/${file}`, mutant(original, random));
    try {
      const { architecture, weights } = await importModel(from);
      counts.models++;
      const network = backend.createNetwork(architecture, weights);
      await network.logits(new Uint8Array(784));
      network.dispose();
    } catch (error) {
      assert(error instanceof UserError, `Mutant ${number} of ${file}: ${(error as Error).stack}`);
      counts.refusals++;
    }
  }
  assert(counts.models > 0 && counts.refusals > COUNT / 10, JSON.stringify(counts));
}

testWithFolder("damaged ONNX files are refused, or run", async (folder) => {
  const file = `${folder}/model.onnx`;
  await Deno.copyFile(new URL("tests/testdata/mnist_net.onnx", ROOT), file);
  await fuzz(folder, "model.onnx", file);
});

testWithFolder("damaged model.json files are refused, or run", async (folder) => {
  for (const file of ["model.json", "weights.bin"]) {
    await Deno.copyFile(new URL(`models/tiny/${file}`, ROOT), `${folder}/${file}`);
  }
  await fuzz(folder, "model.json", folder);
});
