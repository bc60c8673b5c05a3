import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { Digit, Reading } from "../../lib/recognise.ts";
import {
  CSV_HEADER,
  duration,
  readingCsv,
  readingJson,
  readingText,
} from "../../lib/report/reading.ts";

/** A digit with a bar of ink, of so many pixels in width. */
function digit(name: string, line = 0, uncertain = false, width = 8): Digit {
  const pixels = Uint8Array.from({ length: 28 * 28 }, (_, i) => {
    const [x, y] = [i % 28, Math.floor(i / 28)];
    return x >= 10 && x < 10 + width && y >= 4 && y < 24 ? 255 : 0;
  });
  const alternatives = [{ digit: "8", confidence: 0.06 }, { digit: "0", confidence: 0.01 }];
  return {
    digit: name,
    confidence: 0.93,
    box: [1, 2, 3, 4],
    alternatives,
    pixels,
    line,
    uncertain,
  };
}

const NOTHING: Reading = { text: "", digits: [], uncertain: false };

function reading(...digits: Digit[]): Reading {
  const lines = [...Map.groupBy(digits, ({ line }) => line).values()];
  const text = lines.map((line) => line.map(({ digit }) => digit).join("")).join("\n");
  return { text, digits, uncertain: digits.some(({ uncertain }) => uncertain) };
}

Deno.test("readingText() draws one digit as large as there is room for", () => {
  const lines = readingText("a.png", reading(digit("3")), 80).split("\n");
  assertEquals(lines[0], "a.png");
  assertEquals(lines[5], " ".repeat(20) + "@".repeat(16));
  assertEquals(lines.slice(-3), [
    "The predicted value is: 3",
    "confidence 93.0 %, then 8 (6.0 %), 0 (1.0 %)",
    "",
  ]);
  const narrow = readingText("a.png", reading(digit("3")), 40).split("\n");
  assertEquals(narrow[3], " ".repeat(10) + "@".repeat(8));
});

Deno.test("readingText() says so where a digit is uncertain, or none is there", () => {
  const uncertain = readingText("a.png", reading(digit("3", 0, true)), 80);
  assert(uncertain.endsWith("\nuncertain: this may be something else\n"), uncertain);
  assertEquals(readingText("a.png", NOTHING, 80), "a.png\nNothing was found\n");
});

Deno.test("readingText() puts digits side by side, in lines as they were written", () => {
  const text = readingText("a.png", reading(digit("1"), digit("2", 0, true), digit("3", 1)), 80);
  const row = "@".repeat(16);
  const captions = text.split("\n").filter((line) => line.includes("%"));
  assertEquals(captions, ["1 93.0 %           2? 93.0 %", "3 93.0 %"]);
  assertEquals(text.split("\n").filter((line) => line === `${row}   ${row}`).length, 20);
  assertEquals(text.split("\n").filter((line) => line === row).length, 20);
  assertStringIncludes(
    text,
    "\nThe predicted value is: 12\n                        3\n" +
      "uncertain: 1 of 3 may be something else, those with a question mark\n",
  );
});

Deno.test("readingText() breaks long lines where the terminal ends, and draws them small", () => {
  for (const columns of [20, 40, 80, 200]) {
    const digits = Array.from({ length: 9 }, (_, i) => digit(String(i), 0, false, 18));
    const lines = readingText("a.png", reading(...digits), columns).split("\n");
    assert(lines.slice(1, -2).every((line) => line.length <= columns), lines.join("\n"));
    const names = lines.flatMap((line) =>
      [...line.matchAll(/(\d) 93\.0 %/g)].map(([, name]) => name)
    );
    assertEquals(names.join(""), "012345678");
    assertEquals(lines.at(-2), "The predicted value is: 012345678");
  }
});

Deno.test("readingText() stands a digit too faint to draw", () => {
  const faint = { ...digit("1"), pixels: new Uint8Array(28 * 28) };
  assertStringIncludes(readingText("a.png", reading(faint, digit("2")), 80), "is: 12\n");
});

Deno.test("readingJson() has what the contract names, and errors", () => {
  assertEquals(readingJson("a.png", reading(digit("3", 0, true)), "best"), {
    file: "a.png",
    text: "3",
    digits: [{
      digit: "3",
      confidence: 0.93,
      box: [1, 2, 3, 4],
      alternatives: [{ digit: "8", confidence: 0.06 }, { digit: "0", confidence: 0.01 }],
      uncertain: true,
    }],
    model: "best",
  });
  assertEquals(readingJson("a.png", { error: "No" }, "best"), { file: "a.png", error: "No" });
});

Deno.test("readingCsv() gives a row a picture, quoted where that is needed", () => {
  assertEquals(CSV_HEADER.split(",").length, 5);
  const sure = reading(digit("1"), { ...digit("2"), confidence: 0.5 });
  assertEquals(readingCsv("a.png", sure), "a.png,12,0.5000,false,");
  const lines = reading(digit("1"), digit("2", 1, true));
  assertEquals(readingCsv('a "b", c.png', lines), '"a ""b"", c.png","1\n2",0.9300,true,');
  assertEquals(readingCsv("a.png", NOTHING), "a.png,,,false,");
  assertEquals(readingCsv("a.png", { error: "No, not at all" }), 'a.png,,,,"No, not at all"');
});

Deno.test("duration() uses the unit that fits", () => {
  assertEquals([3.4, 59.9, 3599, 3600 * 2.5].map(duration), [
    "3 s",
    "1 min 0 s",
    "59 min 59 s",
    "2 h 30 min",
  ]);
});

Deno.test("readingText() and readingCsv() have room for names of several, and of wide, characters", () => {
  const boots: Reading = {
    text: "Ankle boot T-shirt/top",
    digits: [digit("Ankle boot"), digit("T-shirt/top")],
    uncertain: false,
  };
  const [, caption, first] = readingText("a.png", boots, 80).split("\n");
  assertEquals(caption.indexOf("T-shirt"), first.lastIndexOf(" ") + 1);
  assertStringIncludes(
    readingText("a.png", boots, 80),
    "\nThe predicted value is: Ankle boot T-shirt/top\n",
  );
  assertEquals(
    readingCsv("a.png", { ...boots, text: 'boot, 12" high' }),
    'a.png,"boot, 12"" high",0.9300,false,',
  );
  const wide = Array.from("おす", (name) => digit(name, 0, false, 4));
  const [, kana, ink] = readingText("a.png", reading(...wide), 40).split("\n");
  assertEquals(kana, "お 93.0 %   す 93.0 %");
  assertEquals(ink.lastIndexOf(" ") + 1, "お 93.0 %   ".length + 1);
});
