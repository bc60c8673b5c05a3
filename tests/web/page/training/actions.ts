// What a visitor does in the part of the page that trains.

import { Buffer } from "node:buffer";
import type { Locator, Page } from "playwright-core";
import { encodeImages, encodeLabels } from "../../../../lib/data/idx.ts";
import { syntheticDigits } from "../../../../lib/data/synthetic.ts";

/** Files of some drawn digits: pictures and labels. */
export function filesOf(some: number): [Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>] {
  const { images: pixels, labels, count } = syntheticDigits({ count: some, seed: 7 });
  return [encodeImages({ count, rows: 28, columns: 28, pixels }), encodeLabels(labels)];
}

export async function openTraining(page: Page): Promise<Locator> {
  await page.locator("#training-panel summary").click();
  const training = page.locator("#training");
  await training.getByRole("button", { name: "Start" }).waitFor();
  return training;
}

export function network(training: Locator): Locator {
  return training.getByRole("combobox", { name: "Network" });
}

export function epochs(training: Locator): Locator {
  return training.getByRole("spinbutton", { name: "Epochs" });
}

export async function start(training: Locator): Promise<void> {
  await training.getByRole("button", { name: "Start" }).click();
}

export async function finished(training: Locator): Promise<void> {
  await training.locator(".training-state", { hasText: "Done: " }).waitFor();
}

export async function choose(training: Locator, files: Record<string, Uint8Array>): Promise<void> {
  await training.locator("input[type=file]").setInputFiles(
    Object.entries(files).map(([name, bytes]) => ({
      name,
      mimeType: "",
      buffer: Buffer.from(bytes),
    })),
  );
}

/** Chooses files of some drawn digits. */
export async function chooseDigits(training: Locator, count: number): Promise<void> {
  await training.getByLabel("Files of yours").check();
  const [images, labels] = filesOf(count);
  await choose(training, { "train-images": images, "train-labels": labels });
  await training.getByText("A fifth of them is held back").waitFor();
}
