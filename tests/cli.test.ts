import { assert, assertEquals, assertThrows } from "@std/assert";
import { bar, duration, helpText, parseUsage } from "../lib/cli.ts";
import { UserError } from "../lib/errors.ts";

const USAGE = {
  name: "paint",
  summary: "Paints.",
  flags: {
    epochs: { type: "number", value: "N", help: "how often" },
    seed: { type: "number", value: "N", min: 0, help: "of chance" },
    colour: { type: "text", choices: ["red", "blue"], help: "which" },
    out: { type: "text", value: "DIR", help: "where to" },
    wet: { type: "boolean", help: "still" },
  },
  examples: ["deno task paint --colour red"],
} as const;

Deno.test("parseUsage() gives numbers as numbers and absent flags as undefined", () => {
  const { flags, operands, help } = parseUsage(
    USAGE,
    ["--epochs", "3", "--seed=0", "--colour", "red"],
  );
  assertEquals({ ...flags }, { epochs: 3, seed: 0, colour: "red", out: undefined, wet: false });
  assertEquals(operands, []);
  assertEquals(help, false);
});

Deno.test("parseUsage() takes the last of a flag that is repeated", () => {
  assertEquals(parseUsage(USAGE, ["--out", "a", "--out", "b"]).flags.out, "b");
});

Deno.test("parseUsage() keeps operands as they were typed", () => {
  const usage = { ...USAGE, operands: "[FILE ...]" };
  const { flags, operands } = parseUsage(usage, ["007.png", "--wet", "12", "--", "--odd"]);
  assertEquals(operands, ["007.png", "12", "--odd"]);
  assertEquals(flags.wet, true);
});

Deno.test("parseUsage() says what is wrong and where help is", () => {
  const wrong: [string[], string][] = [
    [["--epoch", "3"], "There is no flag --epoch; did you mean --epochs?"],
    [["--frobnicate"], "There is no flag --frobnicate."],
    [["-x"], "There is no flag -x."],
    [["--epochs", "three"], '--epochs is a whole number from 1, not "three"'],
    [["--epochs", "0"], "--epochs is a whole number from 1"],
    [["--epochs", "1.5"], "--epochs is a whole number from 1"],
    [["--epochs=-1"], '--epochs is a whole number from 1, not "-1"'],
    [["--seed=-1"], "--seed is a whole number from 0"],
    [["--epochs"], "--epochs needs a value"],
    [["--out="], "--out needs a value"],
    [["--colour", "green"], '--colour is red, blue, not "green"'],
    [["stray"], 'What is "stray"?'],
  ];
  for (const [args, message] of wrong) {
    const error = assertThrows(() => parseUsage(USAGE, args), UserError, message);
    assertEquals(error.exitCode, 2, message);
    assert(error.message.endsWith("See: digits paint --help"), error.message);
  }
});

Deno.test("--help and -h win over everything that is wrong beside them", () => {
  for (const flag of ["--help", "-h"]) {
    assertEquals(parseUsage(USAGE, [flag, "--epochs", "many", "stray"]).help, true);
  }
});

Deno.test("helpText() shows every flag with its values", () => {
  assertEquals(
    helpText(USAGE),
    `Paints.

Usage: digits paint [flags]
       deno task paint [flags]

  --epochs N         how often
  --seed N           of chance
  --colour red|blue  which
  --out DIR          where to
  --wet              still
  --help             show this

Examples:
  deno task paint --colour red`,
  );
});

Deno.test("bar() fills from the left and never overflows", () => {
  assertEquals(bar(0, 4), "[    ]");
  assertEquals(bar(0.5, 4), "[==  ]");
  assertEquals(bar(1.2, 4), "[====]");
});

Deno.test("duration() uses the unit that fits", () => {
  assertEquals([3.4, 59.9, 3599, 3600 * 2.5].map(duration), [
    "3 s",
    "1 min 0 s",
    "59 min 59 s",
    "2 h 30 min",
  ]);
});
