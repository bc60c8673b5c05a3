// The page in a real browser: what is drawn on it, and the pictures that it is given.

/// <reference lib="dom" />
import { Buffer } from "node:buffer";
import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import type { Page } from "playwright-core";
import { writeDigit } from "../../../lib/data/strokes.ts";
import { encodeModel } from "../../../lib/model/format.ts";
import { type Architecture, initialWeights } from "../../../lib/model/layers.ts";
import { encodeMetrics, type Metrics } from "../../../lib/model/metrics.ts";
import { Random } from "../../../lib/random.ts";
import { encodePng } from "../../../lib/report/png.ts";
import { chromium, withBrowser } from "../../browser.ts";
import { ROOT, run } from "../../commands.ts";
import { testWith } from "../../parts.ts";
import { draw, hostPage, openPage, reading } from "./site.ts";

const IMAGES = new URL("images/", ROOT);
const FILES = [
  ...["1", "2", "3", "4", "5", "6", "7", "8", "9", "10"].map((name) => `${name}.png`),
  "phone.jpg",
  "number.jpg",
];

const CENTRE = { x: 0.5, y: 0.375, height: 0.45 };

testWithPage("reads every digit as it is drawn", async (page) => {
  const random = new Random(1);
  for (let digit = 0; digit <= 9; digit++) {
    await draw(page, writeDigit(random, digit, 6), CENTRE);
    assertEquals(await reading(page), String(digit));
    assertEquals(await page.locator("#verdict").getAttribute("data-state"), "certain");
    assertEquals(await page.locator(".card").count(), 1);
    assertEquals(await page.locator(".column").count(), 10);
    assertEquals(await page.locator(".column[data-best]").innerText(), String(digit));
    assertEquals(await page.locator(".box").count(), 1);
    await page.keyboard.press("Escape");
    assertEquals(await reading(page), "");
  }
});

testWithPage("reads several digits in order, and takes strokes back", async (page) => {
  const random = new Random(2);
  // Not drawn from left to right.
  for (const [digit, x] of [[7, 0.5], [3, 0.2], [5, 0.8]]) {
    await draw(page, writeDigit(random, digit, 6), { x, y: 0.4, height: 0.25 });
  }
  assertEquals(await reading(page), "375");
  assertEquals(await page.locator(".box text").allTextContents(), ["3", "7", "5"]);
  const card = page.locator(".card").nth(1);
  await card.click();
  assertEquals(await page.locator(".card").nth(1).getAttribute("aria-pressed"), "true");
  assertEquals(await page.locator(".box.selected text").textContent(), "7");
  assert(await card.evaluate((it) => it === document.activeElement)); // for who goes on by keyboard
  await page.locator("#announcement", { hasText: "Read 3 7 5" }).waitFor({ state: "attached" });

  const undone = [];
  for (let i = 0; i < 8 && await page.locator("#undo").isEnabled(); i++) {
    await page.keyboard.press("Control+z");
    undone.push(await reading(page));
  }
  assertEquals(undone.at(-1), "");
  assert(await page.locator("#stage").getAttribute("data-empty") !== null);
  while (await page.locator("#redo").isEnabled()) {
    await page.locator("#redo").click();
    await reading(page);
  }
  assertEquals(await reading(page), "375");
  await page.locator("#clear").click();
  assertEquals(await reading(page), "");
  await page.locator("#undo").click();
  assertEquals(await reading(page), "375");
});

testWithPage("says where there is nothing, or nothing certain", async (page) => {
  const surface = (await page.locator("#surface").boundingBox())!;
  // A scribble.
  await page.mouse.move(surface.x + 60, surface.y + 60);
  await page.mouse.down();
  for (let i = 0; i < 60; i++) {
    await page.mouse.move(
      surface.x + 60 + 150 * (1 + Math.sin(2.1 * i)),
      surface.y + 60 + 100 * (1 + Math.sin(1.3 * i * i)),
    );
  }
  await page.mouse.up();
  await reading(page);
  const state = await page.locator("#verdict").getAttribute("data-state");
  assert(state === "uncertain" || state === "nothing", String(state));
  await page.keyboard.press("Escape");
  await reading(page);

  await choose(page, "blank.png", await encodePng(new Uint8Array(100 * 80).fill(255), 100, 80));
  await page.locator('#verdict[data-state="nothing"]').waitFor();
  assertEquals(await reading(page), "");
  assertStringIncludes(await page.locator("#verdict").innerText(), "Nothing there");
});

testWithPage("reads the sample pictures as predict does, however they come", async (page) => {
  const { stdout } = await run("predict", ["--json", ...FILES.map((file) => `images/${file}`)]);
  const expected = stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
  const ways = [choose, drop, paste];
  for (const [i, file] of FILES.entries()) {
    const bytes = await Deno.readFile(new URL(file, IMAGES));
    await ways[i % ways.length](page, file, bytes);
    await page.locator("#stage:not([data-empty])").waitFor();
    const { text, digits } = expected[i];
    assertEquals(await reading(page), text, file);
    const confidences = await page.locator(".card .confidence").allInnerTexts();
    const percents = digits.map(({ confidence }: { confidence: number }) =>
      `${(100 * confidence).toFixed(1)} %`
    );
    assertEquals(confidences, percents, file);
    await page.keyboard.press("Escape");
    assertEquals(await reading(page), "");
  }
});

testWithPage("draws on pictures, and finds the one before again", async (page) => {
  const open = async (file: string) => {
    await choose(page, file, await Deno.readFile(new URL(file, IMAGES)));
    return await reading(page);
  };
  assertEquals(await open("2.png"), "2");
  assertEquals(await open("8.png"), "8");
  await page.locator("#undo").click();
  assertEquals(await reading(page), "2");
  await draw(page, writeDigit(new Random(3), 7, 6), { x: 0.8, y: 0.4, height: 0.3 });
  assertEquals(await page.locator(".card .value").first().innerText(), "2");
});

testWithPage("says what is wrong with a file, and goes on", async (page) => {
  await drop(page, "notes.png", new TextEncoder().encode("not a picture"));
  await page.locator("#problem:not([hidden])").waitFor();
  assertStringIncludes(await page.locator("#problem").innerText(), "Found text, expected a PNG");
  await choose(page, "2.png", await Deno.readFile(new URL("2.png", IMAGES)));
  assertEquals(await reading(page), "2");
  assert(await page.locator("#problem").isHidden());
});

testWithPage("reads with another model", async (page) => {
  const names = await page.locator("#model option").allInnerTexts();
  assertEquals(names.length, 5);
  assertMatch(names[0], /^best, 99\.\d\d %$/);
  await choose(page, "number.jpg", await Deno.readFile(new URL("number.jpg", IMAGES)));
  assertEquals(await reading(page), "2750946");
  const before = await page.locator(".card .confidence").allInnerTexts();
  await page.locator("#model").selectOption("tiny");
  await page.locator("#model:enabled").waitFor();
  assertEquals(await reading(page), "2750946");
  assert(String(await page.locator(".card .confidence").allInnerTexts()) !== String(before));
});

testWithPage("explains a digit, layer by layer, and how good the model is", async (page) => {
  await choose(page, "2.png", await Deno.readFile(new URL("2.png", IMAGES)));
  assertEquals(await reading(page), "2");
  await page.locator("#model").selectOption("cnn");
  await page.locator("#model:enabled").waitFor();
  assertEquals(await reading(page), "2");
  await page.locator("#lesson-panel summary").first().click();
  const lesson = page.locator("#lesson");
  await lesson.getByText("Why 2?").waitFor();
  const { modelTopology, userDefinedMetadata } = JSON.parse(
    await Deno.readTextFile(new URL("models/cnn/model.json", ROOT)),
  );
  assertEquals(userDefinedMetadata.classes.length, 10);
  const layers = await lesson.locator("h4").allInnerTexts();
  assertEquals(layers.length, modelTopology.config.layers.length);
  assertMatch(layers[0], /^Convolution, 3\s×\s3, 32\sfilters, ReLU$/);

  const { test } = JSON.parse(await Deno.readTextFile(new URL("models/cnn/metrics.json", ROOT)));
  await lesson.getByText(`${(100 * test.accuracy).toFixed(2)} %`).first().waitFor();
  const cells = await lesson.locator(".lesson-confusion tbody td").allInnerTexts();
  assertEquals(cells.map(Number), test.confusionMatrix.flat());

  // The other digit is explained as it is drawn.
  await page.keyboard.press("Escape");
  await draw(page, writeDigit(new Random(1), 0, 6), CENTRE);
  assertEquals(await reading(page), "0");
  await lesson.getByText("Why 0?").waitFor();
});

testWithPage("keeps what a digit was, and selects which is meant", async (page) => {
  await choose(page, "number.jpg", await Deno.readFile(new URL("number.jpg", IMAGES)));
  assertEquals(await reading(page), "2750946");
  await page.locator("#corrections-panel summary").first().click();
  await page.locator(".card").nth(2).click();
  const corrections = page.locator("#corrections");
  await corrections.getByText("Digit 3 of 7").waitFor();
  await corrections.getByRole("button", { name: "6", exact: true }).click();
  await corrections.getByText("1 correction kept in this browser").waitFor();
  const downloading = page.waitForEvent("download");
  await corrections.getByRole("button", { name: "Download" }).click();
  assertEquals((await downloading).suggestedFilename(), "my-digits.zip");
  // Keys that draw on mean other things here.
  await page.keyboard.press("Escape");
  assertEquals(await reading(page), "2750946");
});

testWithPage("keeps boxes around digits when the window changes", async (page) => {
  await choose(page, "number.jpg", await Deno.readFile(new URL("number.jpg", IMAGES)));
  await reading(page);
  const share = async () => {
    const surface = (await page.locator("#surface").boundingBox())!;
    const box = (await page.locator(".box rect").first().boundingBox())!;
    return (box.x + box.width / 2 - surface.x) / surface.width;
  };
  const before = await share();
  await page.setViewportSize({ width: 500, height: 800 });
  await reading(page);
  assertAlmostEquals(await share(), before, 0.01);
});

testWithPage("shows a model of other classes by their names", async (page) => {
  const [first] = CLOTHES;
  await draw(page, writeDigit(new Random(1), 3, 6), CENTRE);
  assertEquals(await reading(page), first);
  const sum = (await page.locator(".column").evaluateAll((columns) =>
    columns.map((column) =>
      parseFloat((column as HTMLElement).title.split(": ")[1])
    )
  )).reduce((a, b) => a + b);
  // No other network was asked; those of five of 26 that are shown.
  assert(sum > 70 && sum < 100, String(sum)); // 68.6 % and four of 1.3 %
  assertEquals(await page.locator(".column").count(), 5);
  assertEquals(await page.locator(".card .value").innerText(), first);

  await page.locator("#corrections-panel summary").first().click();
  const labels = page.locator(".corrections-labels button");
  assertEquals(await labels.allInnerTexts(), CLOTHES);
  await labels.nth(1).click();
  const downloading = page.waitForEvent("download");
  await page.locator("#corrections").getByRole("button", { name: "Download" }).click();
  assertEquals((await downloading).suggestedFilename(), "my-pictures.zip");
  await page.locator("#lesson-panel summary").first().click();
  await page.locator("#lesson").getByText(`Why ${first}?`).waitFor();
  assertEquals(
    await page.locator(".lesson-confusion thead th").allInnerTexts(),
    CLOTHES,
  );
  const width = await page.evaluate(() => document.documentElement.scrollWidth);
  assert(width <= 1280, `${width} pixels wide`);

  // Digits are asked about as ever.
  await page.locator("#model").selectOption("cnn");
  await page.locator("#model:enabled").waitFor();
  assertEquals(await reading(page), "3");
  assertEquals(await page.locator(".column").count(), 10);
}, clothesFiles);

const CLOTHES = ["T-shirt/top", "Ankle boot", ...Array.from("ABCDEFGHIJKLMNOPQRSTUVWX")];

/** The page's files with a model that takes everything for a T-shirt, if not for much else. */
async function clothesFiles(): Promise<Record<string, string | Uint8Array<ArrayBuffer>>> {
  const layers = [{ type: "flatten" }, {
    type: "dense",
    units: 26,
    activation: "softmax",
  }] as const;
  const architecture: Architecture = { inputShape: [28, 28, 1], layers: [...layers] };
  const weights = initialWeights(architecture, new Random(1));
  weights[0].data.fill(0);
  weights[1].data.set([4]);
  const { json, weights: bytes } = encodeModel({
    name: "clothes",
    architecture,
    weights,
    classes: CLOTHES,
  });
  const digits = JSON.parse(await Deno.readTextFile(new URL("models/cnn/metrics.json", ROOT)));
  const metrics: Metrics = {
    ...digits,
    classes: CLOTHES,
    test: {
      ...digits.test,
      confusionMatrix: CLOTHES.map((_, i) => CLOTHES.map((_, k) => Number(i === k))),
    },
  };
  const card = { name: "clothes", default: true, classes: CLOTHES, parameters: 1, accuracy: 0.5 };
  return {
    "models/index.json": JSON.stringify([card, { ...card, name: "cnn", default: false }]),
    "models/clothes/model.json": json,
    "models/clothes/weights.bin": bytes,
    "models/clothes/metrics.json": encodeMetrics(metrics),
  };
}

/**
 * Registers a test that gets the page, which in the end must not have had any problem.
 *
 * @param files Other files than were built.
 */
function testWithPage(
  name: string,
  body: (page: Page) => Promise<void>,
  files?: () => Promise<Record<string, string | Uint8Array<ArrayBuffer>>>,
): void {
  testWith("browser", chromium !== undefined, `the page ${name}`, async () => {
    await using host = await hostPage(await files?.());
    await withBrowser(async (browser) => {
      await using opened = await openPage(browser, host.url, {
        viewport: { width: 1280, height: 900 },
      });
      await body(opened.page);
      assertEquals(opened.problems, []);
    });
  });
}

async function choose(page: Page, name: string, bytes: Uint8Array): Promise<void> {
  await page.locator("#file").setInputFiles({ name, mimeType: "", buffer: Buffer.from(bytes) });
}

/** Lets a file fall onto the page, or puts it there from the clipboard. */
async function hand(page: Page, event: "drop" | "paste", name: string, bytes: Uint8Array) {
  await page.evaluate(({ event, name, base64 }) => {
    const data = new DataTransfer();
    data.items.add(new File([Uint8Array.fromBase64(base64)], name));
    const target = document.querySelector("#surface")!;
    target.dispatchEvent(
      event === "drop"
        ? new DragEvent("drop", { bubbles: true, cancelable: true, dataTransfer: data })
        : new ClipboardEvent("paste", { bubbles: true, cancelable: true, clipboardData: data }),
    );
  }, { event, name, base64: bytes.toBase64() });
}

const drop = (page: Page, name: string, bytes: Uint8Array) => hand(page, "drop", name, bytes);
const paste = (page: Page, name: string, bytes: Uint8Array) => hand(page, "paste", name, bytes);
