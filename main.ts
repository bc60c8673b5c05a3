// digits: the one entry point. Without a command it walks through the original main.py: train what
// is missing, say how good it is, classify 1.png, 2.png, ...

import { runCommand } from "./lib/cli.ts";
import { UserError } from "./lib/errors.ts";
import { exists, ownFolder } from "./lib/files.ts";
import { loadMetrics } from "./lib/model/store.ts";
import { PROGRAM, readOwn } from "./lib/own.ts";
import { VERSION } from "./lib/versions.ts";

/** Each is loaded when it is asked for, for no other waits for it. They give the exit code. */
export const COMMANDS: Readonly<Record<string, (args: string[]) => Promise<number>>> = {
  train: async (args) => await (await import("./train.ts")).train(args),
  predict: async (args) => await (await import("./predict.ts")).predict(args),
  serve: async (args) => await (await import("./serve.ts")).serve(args),
  evaluate: async (args) => await (await import("./evaluate.ts")).evaluate(args),
  data: async (args) => await (await import("./data.ts")).data(args),
  export: async (args) => await (await import("./export.ts")).exportModel(args),
  doctor: async (args) => await (await import("./doctor.ts")).doctor(args),
};

const HELP = `Trains handwritten-digit recognisers and reads digits in pictures.

Usage: digits [command] [flags]

  train      train the dense network, then the CNN
  predict    read the digits in pictures
  serve      serve a page to draw on, and answer programs
  evaluate   measure a model on the test pictures
  data       list, download and check published data sets
  export     write a model for other programs
  doctor     say what is here of all that the program can use, and what to do about the rest

  --version  which program this is
  --licenses by which licences others' code is in it

Without a command: train what is missing, then read images/1.png, 2.png, ...
What a command takes: ${PROGRAM} COMMAND --help`;

async function main(args: string[]): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined) return await everything();
  if (name === "--help" || name === "-h" || name === "help") return say(HELP);
  if (name === "--version" || name === "-V") return say(VERSION);
  if (name === "--licenses") return say(await licenses());
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

/** Those of the packages that are in the executable. */
async function licenses(): Promise<string> {
  try {
    return new TextDecoder().decode(await readOwn("licenses.txt")).trimEnd();
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new UserError(
      "The executable has the licences of what is in it; here they are with the packages. " +
        "deno task build:program writes them into dist/program/licenses.txt",
      { cause: error },
    );
  }
}

/** The flow of the original main.py. */
async function everything(): Promise<number> {
  const { ORIGINALS } = await import("./train.ts");
  for (const name of ORIGINALS) {
    const folder = `${await ownFolder("models", name)}/${name}`;
    if (await exists(`${folder}/metrics.json`)) {
      const { test } = await loadMetrics(folder);
      console.log(
        `${name}: test accuracy ${test.accuracy.toFixed(4)}, test loss ${test.loss.toFixed(4)} ` +
          `(trained before, ${folder})`,
      );
    } else {
      const code = await COMMANDS.train(["--model", name]);
      if (code !== 0) return code;
    }
  }
  return await COMMANDS.predict([]);
}

if (import.meta.main) await runCommand(main);
