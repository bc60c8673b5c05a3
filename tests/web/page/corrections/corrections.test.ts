// Corrections in a real browser, on a page with the policy of the program's own; and that training
// gets from the download what the page saw.

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { unzipSync } from "fflate";
import type { BrowserContext, Locator, Page } from "playwright-core";
import type { Examples } from "../../../../lib/data/examples.ts";
import { loadFolder } from "../../../../lib/data/folder.ts";
import { syntheticDigits } from "../../../../lib/data/synthetic.ts";
import { normalise } from "../../../../lib/image/normalise.ts";
import { toZip } from "../../../../lib/web/page/corrections/archive.ts";
import type { Correction } from "../../../../lib/web/page/corrections/store.ts";
import type { Corrections } from "../../../../lib/web/page/corrections/corrections.ts";
import { CONTENT_SECURITY_POLICY } from "../../../../lib/web/policy.ts";
import { bundleForPage, chromium, withBrowser } from "../../../browser.ts";
import { EIGHT, FIVE, paint, pen, SEVEN } from "../../../image/draw.ts";
import { testWith, testWithFolder } from "../../../parts.ts";

const { images: IMAGES } = syntheticDigits({ count: 20, seed: 9, stream: 1 });

/** (28, 28) of the i-th digit. */
function pixelsOf(i: number): Uint8Array {
  return IMAGES.slice(784 * i, 784 * (i + 1));
}

const DIGITS = [..."0123456789"];

function makeCorrection(i: number, label: string, pixels = pixelsOf(i)): Correction {
  const at = new Date(Date.UTC(2026, 0, 2, 3, 4, i)).toISOString();
  return { id: `id-${i}`, pixels, label, readAs: "1", confidence: 0.4, model: "best", at };
}

async function unpack(zip: Uint8Array, folder: string): Promise<void> {
  for (const [path, bytes] of Object.entries(unzipSync(zip))) {
    await Deno.mkdir(`${folder}/${path.replace(/[^/]*$/, "")}`, { recursive: true });
    await Deno.writeFile(`${folder}/${path}`, bytes);
  }
}

/** Labels and pixels, in no particular order. */
function pairs(examples: readonly { label: string; pixels: Uint8Array }[]): string[] {
  return examples.map(({ label, pixels }) => `${label} ${pixels.toHex()}`).sort();
}

function pairsOf({ images, labels }: Examples): { label: string; pixels: Uint8Array }[] {
  return Array.from(
    labels,
    (label, i) => ({ label: String(label), pixels: images.slice(784 * i, 784 * (i + 1)) }),
  );
}

testWithFolder("toZip() gives training the very pixels that were seen", async (folder) => {
  // Digits of MNIST's make, and what the page itself makes of drawings.
  const drawings = [FIVE, SEVEN, EIGHT].map((lines, i) => {
    const ink = pen(lines, [30, 20], 80, 4 + 3 * i);
    return normalise(paint(150, 140, (x, y) => 255 * (1 - ink(x, y))))!.pixels;
  });
  const corrections = [...Array.from({ length: 12 }, (_, i) => pixelsOf(i)), ...drawings]
    .map((pixels, i) => makeCorrection(i, String(i % 4), pixels));
  await unpack(await toZip(corrections, DIGITS), folder);
  const notes: string[] = [];
  const { classes, train, test } = await loadFolder(`${folder}/my-digits/`, {
    directory: `${folder}/data`,
    onNote: (note) => notes.push(note),
  });
  assertEquals(classes, [..."0123456789"]);
  assertEquals(pairs([...pairsOf(train), ...pairsOf(test)]), pairs(corrections));
  assertEquals(notes, [`Reading 15 pictures in ${folder}/my-digits`]);
});

Deno.test("toZip() tells what each picture was read as", async () => {
  const files = unzipSync(await toZip([makeCorrection(1, "7"), makeCorrection(2, "3")], DIGITS));
  assertEquals(Object.keys(files), [
    "my-digits/7/id-1.png",
    "my-digits/3/id-2.png",
    "my-digits/corrections.json",
  ]);
  const list = JSON.parse(new TextDecoder().decode(files["my-digits/corrections.json"]));
  assertEquals(list.length, 2);
  assertEquals(list[0], {
    file: "7/id-1.png",
    label: "7",
    readAs: "1",
    confidence: 0.4,
    model: "best",
    at: "2026-01-02T03:04:01.000Z",
  });
});

const CLOTHES = ["Bag", "T-shirt/top", "bag", "Ankle boot", "100%", "..", "con", "äお", "Trouser "];

testWithFolder("toZip() has a folder for each class, whatever it is called", async (folder) => {
  // One of each five is to test: two of each class leave it one to train on.
  const corrections = [...CLOTHES, ...CLOTHES].map((label, i) => makeCorrection(i, label));
  const zip = await toZip(corrections, CLOTHES);
  const folders = new Set(Object.keys(unzipSync(zip)).map((path) => path.split("/")[1]));
  assertEquals([...folders], [
    ...["Bag", "T-shirt%2Ftop", "%62ag", "Ankle boot", "100%25", "%2E%2E", "%63on", "äお"],
    ...["Trouser%20", "corrections.json"],
  ]);
  await unpack(zip, folder);
  const { classes, train, test } = await loadFolder(`${folder}/my-pictures`, { directory: folder });
  assertEquals([...classes].sort(), [...CLOTHES].sort());
  const named = [...pairsOf(train), ...pairsOf(test)]
    .map(({ label, pixels }) => ({ label: classes[Number(label)], pixels }));
  assertEquals(pairs(named), pairs(corrections));
});

const TYPES: Record<string, string> = {
  "/": "text/html",
  "/harness.js": "text/javascript",
  "/corrections.css": "text/css",
};

/** A page with nothing but corrections, and what it complained of. */
interface Opened {
  page: Page;
  problems: string[];
}

/** Shows digits, as the page does when it has read each as a 1. */
async function show(page: Page, ...digits: number[]): Promise<void> {
  const shown = digits.map((i) => [...pixelsOf(i)]);
  await page.evaluate((shown) => {
    const { corrections } = globalThis as unknown as { corrections: Corrections };
    const digits = shown.map((pixels) => (
      { pixels: Uint8Array.from(pixels), digit: "1", confidence: 0.4 }
    ));
    corrections.show(digits, "best", [..."0123456789"]);
    corrections.select(0);
  }, shown);
}

/** Shows a picture as a page does whose model tells clothes apart. */
async function showClothes(page: Page, i: number): Promise<void> {
  await page.evaluate(([pixels, classes]) => {
    const { corrections } = globalThis as unknown as { corrections: Corrections };
    const shown = { pixels: Uint8Array.from(pixels), digit: "Bag", confidence: 0.4 };
    corrections.show([shown], "clothes", classes);
    corrections.select(0);
  }, [[...pixelsOf(i)], CLOTHES] as const);
}

async function label(page: Page, digit: number, as: string): Promise<void> {
  await show(page, digit);
  await button(page, as).click();
}

/** Labels each of some digits as 7. */
async function labelAll(page: Page, digits: readonly number[]): Promise<void> {
  for (const digit of digits) await label(page, digit, "7");
}

function button(page: Page, name: string): Locator {
  return page.getByRole("button", { name, exact: true });
}

/** Waits for the heading; fails after a while. */
async function waitForCount(page: Page, text: string): Promise<void> {
  await page.getByRole("heading", { name: text, exact: true }).waitFor();
}

async function download(page: Page, name = "my-digits.zip"): Promise<Uint8Array> {
  const [file] = await Promise.all([
    page.waitForEvent("download"),
    button(page, "Download").click(),
  ]);
  assertEquals(file.suggestedFilename(), name);
  return await Deno.readFile(await file.path());
}

async function openList(page: Page): Promise<void> {
  await page.getByText("Show them").click();
  await page.locator("li").first().waitFor();
}

/** The labels in the list, the last one first. */
async function listed(page: Page): Promise<string[]> {
  return await page.locator("li strong").allTextContents();
}

/** Run in a page, has it refuse to open databases, as some browsers do where cookies are blocked. */
function forbidStorage(): void {
  IDBFactory.prototype.open = () => {
    throw new DOMException("It is forbidden", "SecurityError");
  };
}

/** Run in a page, has it refuse to store anything until `makeRoom` is called there. */
function fillDisk(): void {
  const { put } = IDBObjectStore.prototype;
  IDBObjectStore.prototype.put = () => {
    throw new DOMException("The disk is full", "QuotaExceededError");
  };
  Object.assign(globalThis, { makeRoom: () => IDBObjectStore.prototype.put = put });
}

type Steps = Record<
  string,
  (open: () => Promise<Opened>, context: BrowserContext) => Promise<void>
>;

const STEPS: Steps = {
  "what a digit was is kept, and can be taken back": async (open) => {
    const { page, problems } = await open();
    await waitForCount(page, "No corrections are kept in this browser yet");
    await show(page, 0, 1);
    assertStringIncludes(await page.locator("main").innerText(), "Digit 1 of 2, read as 1, 40.0");
    await button(page, "7").click();
    await waitForCount(page, "1 correction kept in this browser");
    assertEquals(await page.getByRole("status").innerText(), "Kept as 7.");
    assertEquals(await button(page, "7").getAttribute("aria-pressed"), "true");
    await button(page, "Undo").click();
    await waitForCount(page, "No corrections are kept in this browser yet");
    assertEquals(await button(page, "7").getAttribute("aria-pressed"), "false");
    assertEquals(await button(page, "Undo").isVisible(), false);
    assertEquals(problems, []);
  },
  "a digit has one label, the last, also when it is read once more": async (open) => {
    const { page } = await open();
    await label(page, 0, "7");
    await button(page, "2").click();
    await label(page, 1, "5");
    await label(page, 0, "3");
    await waitForCount(page, "2 corrections kept in this browser");
    await openList(page);
    assertEquals(await listed(page), ["5", "3"]);
    await button(page, "Undo").click();
    await page.locator("li strong", { hasText: "2" }).waitFor();
    assertEquals(await listed(page), ["5", "2"]);
  },
  "keys and a keyboard alone are enough": async (open) => {
    const { page } = await open();
    await show(page, 0);
    await button(page, "0").focus();
    await page.keyboard.press("6");
    await waitForCount(page, "1 correction kept in this browser");
    await openList(page);
    assertEquals(await listed(page), ["6"]);
    await page.getByRole("button", { name: "Remove the 6 that was read as 1" }).focus();
    await page.keyboard.press("Enter");
    await waitForCount(page, "No corrections are kept in this browser yet");
    assertEquals(await page.evaluate(() => document.activeElement?.tagName), "H3");
    // Other parts of the page have keys of their own.
    await page.evaluate(() => (document.activeElement as HTMLElement).blur());
    await page.keyboard.press("6");
    await button(page, "Undo").click();
    await waitForCount(page, "1 correction kept in this browser");
  },
  "a reload, and another tab, find what was kept": async (open) => {
    const { page: first, problems } = await open();
    const { page: second } = await open();
    await label(first, 0, "7");
    await waitForCount(second, "1 correction kept in this browser");
    await Promise.all([labelAll(first, [1, 2, 3]), labelAll(second, [4, 5, 6])]);
    await waitForCount(first, "7 corrections kept in this browser");
    await waitForCount(second, "7 corrections kept in this browser");
    await first.reload();
    await waitForCount(first, "7 corrections kept in this browser");
    assertEquals(problems, []);
  },
  "the download is the folder that train takes": async (open) => {
    const { page, problems } = await open();
    for (const i of [0, 1, 2]) await label(page, i, String(i + 3));
    const folder = await Deno.makeTempDir({ prefix: "digits-" });
    try {
      await unpack(await download(page), folder);
      const { train, test } = await loadFolder(`${folder}/my-digits`, {
        directory: `${folder}/data`,
        classes: [..."0123456789"], // of the network that is trained on
      });
      assertEquals(
        pairs([...pairsOf(train), ...pairsOf(test)]),
        pairs([0, 1, 2].map((i) => ({ label: String(i + 3), pixels: pixelsOf(i) }))),
      );
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
    assertEquals(problems, []);
  },
  "all can be deleted, once somebody says so twice": async (open) => {
    const { page } = await open();
    await label(page, 0, "7");
    await label(page, 1, "8");
    await button(page, "Delete all").click();
    await button(page, "Keep them").click();
    await waitForCount(page, "2 corrections kept in this browser");
    await button(page, "Delete all").click();
    await page.getByRole("dialog").getByRole("button", { name: "Delete all" }).click();
    await page.locator("h3:focus").waitFor(); // it comes there once they are gone
    await waitForCount(page, "No corrections are kept in this browser yet");
    await page.reload();
    await waitForCount(page, "No corrections are kept in this browser yet");
  },
  "corrections to other classes wait for a model that has these": async (open) => {
    const { page, problems } = await open();
    await label(page, 0, "7");
    await waitForCount(page, "1 correction kept in this browser");
    await showClothes(page, 1);
    await waitForCount(page, "No corrections are kept in this browser yet");
    assertEquals(await page.locator(".corrections-labels button").allTextContents(), CLOTHES);
    await button(page, "T-shirt/top").click();
    await waitForCount(page, "1 correction kept in this browser");
    const command = "deno task train --from clothes --dataset my-pictures/";
    assertEquals(await page.locator("code").innerText(), command);
    assertEquals(Object.keys(unzipSync(await download(page, "my-pictures.zip"))).length, 2);
    await button(page, "Delete all").click();
    await page.getByRole("dialog").getByRole("button", { name: "Delete all" }).click();
    await waitForCount(page, "No corrections are kept in this browser yet");
    await show(page, 0);
    await waitForCount(page, "1 correction kept in this browser");
    assertEquals(await button(page, "7").getAttribute("aria-pressed"), "true");
    assertEquals(problems, []);
  },
  "where the browser keeps nothing, the page does": async (open, context) => {
    await context.addInitScript(forbidStorage);
    const { page, problems } = await open();
    await label(page, 0, "7");
    await label(page, 1, "8");
    await waitForCount(page, "2 corrections kept in this browser");
    const warning = await page.getByRole("alert").innerText();
    assertMatch(
      warning,
      /^This browser does not let the page keep corrections \(It is forbidden\)/,
    );
    assertMatch(warning, /download them before that\.$/);
    assertEquals(Object.keys(unzipSync(await download(page))).length, 3);
    assertEquals(problems, []);
  },
  "where there is no room, corrections wait until there is": async (open) => {
    const { page, problems } = await open();
    await label(page, 0, "7");
    await page.evaluate(fillDisk);
    await label(page, 1, "8");
    const alert = page.getByRole("alert");
    await alert.waitFor();
    assertMatch(await alert.innerText(), /^This browser has no room left for corrections\. /);
    await waitForCount(page, "2 corrections kept in this browser");
    await page.evaluate("makeRoom()");
    await label(page, 2, "9");
    await alert.waitFor({ state: "hidden" });
    await page.reload();
    await waitForCount(page, "3 corrections kept in this browser");
    assertEquals(problems, []);
  },
  "what is touched is 44 pixels large on a phone": async (open) => {
    const { page } = await open();
    await page.setViewportSize({ width: 320, height: 640 });
    await label(page, 0, "7");
    await openList(page);
    for (const target of await page.locator("button:visible, summary").all()) {
      const { width, height } = (await target.boundingBox())!;
      assert(width >= 44 && height >= 44, `${await target.innerText()}: ${width}x${height}`);
    }
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    assert(width <= 320, `${width} pixels wide`);
  },
};

testWith("browser", chromium !== undefined, "Corrections, in a browser:", async (t) => {
  const site = await Deno.makeTempDir({ prefix: "digits-" });
  try {
    await bundleForPage(["tests/web/page/corrections/harness.ts"], site);
    await Deno.copyFile("lib/web/page/corrections/corrections.css", `${site}/corrections.css`);
    await using server = serve(site);
    await withBrowser(async (browser) => {
      for (const [name, body] of Object.entries(STEPS)) {
        await t.step(name, async () => {
          await using context = await browser.newContext({ reducedMotion: "reduce" });
          context.setDefaultTimeout(30_000);
          await body(() => open(context, server.addr.port), context);
        });
      }
    });
  } finally {
    await Deno.remove(site, { recursive: true });
  }
});

async function open(context: BrowserContext, port: number): Promise<Opened> {
  const page = await context.newPage();
  const problems: string[] = [];
  page.on("console", (message) => problems.push(message.text()));
  page.on("pageerror", (error) => problems.push(String(error)));
  await page.goto(`http://127.0.0.1:${port}/`);
  return { page, problems };
}

function serve(site: string) {
  const html = '<!doctype html><html lang="en"><title>Corrections</title>' +
    '<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,">' +
    '<link rel="stylesheet" href="/corrections.css">' +
    '<main></main><script type="module" src="/harness.js"></script>';
  return Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    const { pathname } = new URL(request.url);
    const headers = {
      "content-type": TYPES[pathname],
      "content-security-policy": CONTENT_SECURITY_POLICY,
    };
    const body = pathname === "/" ? html : await Deno.readFile(site + pathname);
    return new Response(body, { headers });
  });
}
