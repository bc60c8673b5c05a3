import { assert, assertEquals, assertThrows } from "@std/assert";
import { helpText, parseUsage, progressText } from "../lib/cli.ts";
import { bar } from "../lib/report/reading.ts";
import { UserError } from "../lib/errors.ts";
import { ROOT } from "./commands.ts";

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
    assert(error.message.endsWith("See: deno task paint --help"), error.message);
  }
});

Deno.test("parseUsage() keeps numbers in their range, and whole unless told otherwise", () => {
  const usage = {
    ...USAGE,
    flags: {
      share: { type: "number", min: 0, max: 100, decimal: true, help: "in percent" },
      hour: { type: "number", min: 0, max: 23, help: "of the day" },
    },
  } as const;
  const { flags } = parseUsage(usage, ["--share", "99.5", "--hour=0"]);
  assertEquals({ ...flags }, { share: 99.5, hour: 0 });
  const wrong: [string, string][] = [
    ["--share=100.1", '--share is a number from 0 to 100, not "100.1"'],
    ["--share=all", '--share is a number from 0 to 100, not "all"'],
    ["--hour=24", '--hour is a whole number from 0 to 23, not "24"'],
    ["--hour=1.5", '--hour is a whole number from 0 to 23, not "1.5"'],
  ];
  for (const [arg, message] of wrong) {
    assertThrows(() => parseUsage(usage, [arg]), UserError, message);
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

Usage: deno task paint [flags]

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

Deno.test("progressText() says how many, how fast and how long still", () => {
  assertEquals(
    progressText(2500, 10_000, 5),
    "[=====               ] 2,500 of 10,000 (25 %), 500 files/s, 15 s left",
  );
  assertEquals(
    progressText(1, 3, 2.5),
    "[=======             ] 1 of 3 (33 %), 0.4 files/s, 5 s left",
  );
});

Deno.test("runCommand() prints what a person can mend, without a stack", async () => {
  const run = async (error: string) => {
    const code = `
      import { DeviceError } from "${new URL("lib/backend/backend.ts", ROOT)}";
      import { runCommand } from "${new URL("lib/cli.ts", ROOT)}";
      import { UserError } from "${new URL("lib/errors.ts", ROOT)}";
      await runCommand(() => Promise.reject(new ${error}));`;
    const { code: exitCode, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["eval", code],
      cwd: ROOT,
      env: { NO_COLOR: "1" },
    }).output();
    return [exitCode, new TextDecoder().decode(stderr)];
  };
  assertEquals(await run('UserError("What?", { exitCode: 2 })'), [2, "error: What?\n"]);
  assertEquals(
    await run('DeviceError("The GPU was lost")'),
    [1, "error: The GPU was lost. Try again, or with --backend simd\n"],
  );
});
