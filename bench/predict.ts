// Wall time of a whole process that reads one picture, from start to exit.

import { interleave, runProgram, type Turn } from "./contender.ts";
import { taskArgs } from "./contenders.ts";
import type { Section } from "./section.ts";
import { cells, NOT_HERE, table } from "./table.ts";

const ROUNDS = 11;
const PICTURE = "images/1.png";

export const predict: Section = async ({ work, folder, python, rounds = ROUNDS }) => {
  const empty = `${folder}/empty.ts`;
  await Deno.writeTextFile(empty, "");
  const program = (name: string, command: string, args: string[]): Turn => ({
    name,
    measure: async () => 1000 * (await runProgram(command, args)).seconds,
  });
  const task = [...taskArgs("predict"), PICTURE];
  const cnn = [...task, "--model=cnn"]; // what PyTorch is given
  const turns = [
    program("an empty script", "deno", ["run", empty]),
    program("digits predict", "deno", task),
    program("digits predict --model cnn", "deno", cnn),
    program("the same with --backend wasm (TensorFlow.js)", "deno", [...cnn, "--backend=wasm"]),
    ...(python
      ? [
        program("an empty script in Python", python, ["-c", ""]),
        program("PyTorch", python, [
          "bench/peers/pytorch.py",
          "predict",
          JSON.stringify({ ...work, picture: PICTURE }),
        ]),
      ]
      : []),
  ];
  for (const { measure } of turns) await measure(); // compiled and cached from here on
  const values = await interleave(turns, rounds);
  return [
    `## Reading one picture, ms from the process's start to its end`,
    "",
    table(["", "ms", "× empty script"], [
      ...turns.map(({ name }, i) => [name, ...cells(values[i], values[0])]),
      ...(python ? [] : [["PyTorch", NOT_HERE, ""]]),
    ]),
    "",
    `Medians of ${rounds} rounds.`,
  ].join("\n");
};
