// What the doctor found, for a terminal.

import type { Check } from "./check.ts";
import type { Examination } from "./examine.ts";

const TITLES: Record<Exclude<keyof Examination, "state">, string> = {
  versions: "Versions",
  processor: "Processor",
  adapters: "GPUs (WebGPU adapters)",
  backends: "Backends, tried with the network cnn",
  models: "Models",
  data: "Data sets: MNIST, and others that are here",
  page: "Page",
  permissions: "Permissions",
};

const CONCLUSIONS: Record<Examination["state"], string> = {
  ok: "All is well.",
  note: "Nothing is wrong; the notes say what is not there or was not looked at.",
  warning: "Nothing is broken; see the warnings.",
  broken: "Something is broken: see above what to do about it.",
};

/** A section each, a line or more for each thing, in no more columns than the terminal has. */
export function examinationText({ state, ...sections }: Examination, columns: number): string {
  const parts = Object.entries<Check[]>(sections).map(([key, checks]) =>
    `${TITLES[key as keyof typeof TITLES]}\n${sectionText(checks, columns)}`
  );
  return [...parts, CONCLUSIONS[state]].join("\n\n");
}

function sectionText(checks: readonly Check[], columns: number): string {
  const nameWidth = Math.max(...checks.map(({ name }) => name.length));
  return checks.flatMap(({ state, name, finding, advice }, i) => {
    const head = `  ${state.padEnd("warning".length)}  ${name.padEnd(nameWidth)}  `;
    // What is to be done about several things in a row is said once.
    const isSaid = advice === undefined || advice === checks[i + 1]?.advice;
    const room = columns - head.length;
    const lines = [...wrap(finding, room), ...(isSaid ? [] : wrap(`-> ${advice}`, room))];
    return lines.map((line, i) => `${i === 0 ? head : " ".repeat(head.length)}${line}`);
  }).join("\n");
}

/** Breaks a text between words into lines of at most `width`, longer only where a word is. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/)) {
    const longer = `${lines.at(-1)} ${word}`;
    if (lines.length > 0 && longer.length <= width) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}
