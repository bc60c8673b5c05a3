// A copy of the project to try the documentation's commands in, as a reader has it who begins: the
// data set is a small one, and the pictures that the pages speak of are there.

import { cp } from "node:fs/promises";
import { gzipSync } from "fflate";
import { hashOf } from "../../lib/data/verify.ts";
import { encodeImages, encodeLabels } from "../../lib/data/idx.ts";
import { type Files, PARTS, SOURCES } from "../../lib/data/sources.ts";
import { syntheticDigits } from "../../lib/data/synthetic.ts";
import { encodePng } from "../../lib/report/png.ts";
import { ROOT } from "../commands.ts";
import { namesIn } from "../parts.ts";

/** What a reader has of the project, but for what Git leaves out and what the commands do not need. */
const LEFT_OUT = [".ci", ".git", ".github", "bench", "coverage", "data", "debug", "dist", "tests"];

const TRAIN = 150; // pictures: so few that 30 epochs take seconds
const TEST = 100;

/** The user's own files, each a copy of a sample. */
const PICTURES: Record<string, string> = {
  "my-digit.jpg": "phone.jpg",
  "photo.jpg": "phone.jpg",
  "photo.png": "7.png",
  "number.png": "3.png",
  "1.png": "1.png",
  "2.png": "2.png",
  "scans/a.png": "4.png",
  "scans/b.jpg": "number.jpg",
  "scans/2024/c.png": "5.png",
};

/** Copies the project into a folder; its server listens on `port` instead of 8000. */
export async function copyProject(folder: string, port: number): Promise<void> {
  for (const name of await namesIn(ROOT.pathname)) {
    if (LEFT_OUT.includes(name)) continue;
    await cp(new URL(name, ROOT), `${folder}/${name}`, { recursive: true });
  }
  await replaceIn(`${folder}/serve.ts`, { "const PORT = 8000": `const PORT = ${port}` });
  await replaceIn(`${folder}/deno.json`, { "--port 8000": `--port ${port}` });
  await writeDataSet(folder);
  await writeOwnPictures(folder);
}

/** Puts a small data set of MNIST's form into data/, and has the copy take it for all that are published. */
async function writeDataSet(folder: string): Promise<void> {
  const [train, test] = [TRAIN, TEST].map((count, i) => {
    const { images, labels } = syntheticDigits({ count, seed: 1, stream: i + 1 });
    return [encodeImages({ count, rows: 28, columns: 28, pixels: images }), encodeLabels(labels)];
  });
  const files: Files = {
    trainImages: train[0],
    trainLabels: train[1],
    testImages: test[0],
    testLabels: test[1],
  };
  const hashes: Record<string, string> = {};
  for (const source of SOURCES) {
    await Deno.mkdir(`${folder}/data/${source.name}`, { recursive: true });
    for (const part of PARTS) {
      const { name, sha256, isHashedAsGzip } = source.files[part];
      const gzipped = gzipSync(files[part]);
      hashes[sha256] = await hashOf(isHashedAsGzip ? gzipped : files[part]);
      await Deno.writeFile(`${folder}/data/${source.name}/${name}.gz`, gzipped);
    }
  }
  await replaceIn(`${folder}/lib/data/sources.ts`, hashes);
  await replaceIn(`${folder}/lib/data/dataset.ts`, {
    "limit = 60_000": `limit = ${TRAIN}`,
    "test: 10_000, seed": `test: ${TEST}, seed`,
  });
}

/** Pictures that a person might have, and a folder of them for each digit. */
async function writeOwnPictures(folder: string): Promise<void> {
  for (const [to, from] of Object.entries(PICTURES)) {
    await Deno.mkdir(`${folder}/${to}/..`.replace(/[^/]+\/\.\.$/, ""), { recursive: true });
    await Deno.copyFile(new URL(`images/${from}`, ROOT), `${folder}/${to}`);
  }
  const { images, labels } = syntheticDigits({ count: 60, seed: 2, stream: 1 });
  for (const [i, digit] of labels.entries()) {
    await Deno.mkdir(`${folder}/my-digits/${digit}`, { recursive: true });
    const png = await encodePng(images.subarray(784 * i, 784 * (i + 1)), 28, 28);
    await Deno.writeFile(`${folder}/my-digits/${digit}/${i}.png`, png);
  }
}

async function replaceIn(path: string, texts: Record<string, string>): Promise<void> {
  let text = await Deno.readTextFile(path);
  for (const [from, to] of Object.entries(texts)) {
    if (!text.includes(from)) throw new Error(`${path} has no ${from}`);
    text = text.replace(from, to);
  }
  await Deno.writeTextFile(path, text);
}
