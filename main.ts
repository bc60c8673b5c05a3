// digits: the one entry point. Without a command it walks through the original main.py: train what
// is missing, say how good it is, classify 1.png, 2.png, ...

import config from "./deno.json" with { type: "json" };
import { evaluate } from "./evaluate.ts";
import { runCommand } from "./lib/cli.ts";
import { UserError } from "./lib/errors.ts";
import { exists, ownFolder } from "./lib/files.ts";
import { loadMetrics } from "./lib/model/store.ts";
import { predict } from "./predict.ts";
import { serve } from "./serve.ts";
import { ORIGINALS, train } from "./train.ts";

const COMMANDS: Readonly<Record<string, (args: string[]) => Promise<number>>> = {
  train,
  predict,
  serve,
  evaluate,
};

const HELP = `Trains handwritten-digit recognisers and reads digits in pictures.

Usage: digits [command] [flags]

  train      train the dense network, then the CNN
  predict    read the digits in pictures
  serve      serve a page to draw on, and answer programs
  evaluate   measure a model on the test pictures

Without a command: train what is missing, then read images/1.png, 2.png, ...
What a command takes: digits COMMAND --help`;

async function main(args: string[]): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined) return await everything();
  if (name === "--help" || name === "-h" || name === "help") return say(HELP);
  if (name === "--version" || name === "-V") return say(config.version);
  if (Object.hasOwn(COMMANDS, name)) return await COMMANDS[name](rest);
  throw new UserError(
    `There is no command ${JSON.stringify(name)}; there are: ${Object.keys(COMMANDS).join(", ")}`,
    { exitCode: 2 },
  );
}

function say(text: string): number {
  console.log(text);
  return 0;
}

/** The flow of the original main.py. */
async function everything(): Promise<number> {
  for (const name of ORIGINALS) {
    const folder = `${await ownFolder("models", name)}/${name}`;
    if (await exists(`${folder}/metrics.json`)) {
      const { test } = await loadMetrics(folder);
      console.log(
        `${name}: test accuracy ${test.accuracy.toFixed(4)}, test loss ${test.loss.toFixed(4)} ` +
          `(trained before, ${folder})`,
      );
    } else {
      const code = await train(["--model", name]);
      if (code !== 0) return code;
    }
  }
  return await predict([]);
}

if (import.meta.main) await runCommand(main);
