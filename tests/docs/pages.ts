// The pages of the documentation, and the code in them.

import { ROOT } from "../commands.ts";
import { namesIn } from "../parts.ts";

/** A block of code, between two lines of three backticks. */
export interface Fence {
  /** What the first line says after the backticks: `sh`. */
  info: string;
  text: string;
  /** `README.md:12`, for messages. */
  place: string;
}

/** A command as a reader would type it. */
export interface Command {
  text: string;
  place: string;
  /** What the page shows that it prints. */
  output?: string;
  /** Its figures are of MNIST: elsewhere only the form of what it prints is the same. */
  isMeasured: boolean;
}

/** README.md and the pages in docs/, by their paths from the project's root. */
export async function listPages(): Promise<string[]> {
  const names = await namesIn(new URL("docs", ROOT).pathname);
  return [
    "README.md",
    ...names.filter((name) => name.endsWith(".md")).map((name) => `docs/${name}`),
  ];
}

export function readPage(path: string): Promise<string> {
  return Deno.readTextFile(new URL(path, ROOT));
}

/** The blocks of a page. Fences within lists are indented. */
export function findFences(path: string, markdown: string): Fence[] {
  const fences: Fence[] = [];
  for (const { 1: indent, 2: info, 3: body, index } of markdown.matchAll(FENCE)) {
    const line = markdown.slice(0, index).split("\n").length;
    const text = body.replaceAll(new RegExp(`^${indent}`, "gm"), "");
    fences.push({ info, text, place: `${path}:${line}` });
  }
  return fences;
}

const FENCE = /^( *)```(.*)\n([^]*?)^ *```$/gm;

/**
 * The commands of a block: `sh` has one a line, unless a backslash goes on with it; `console` has
 * each after `$ ` and below it what it prints, with `...` for lines that are left out. Others have
 * none.
 */
export function commandsIn({ info, text, place }: Fence): Command[] {
  const [language, ...marks] = info.split(" ");
  const isMeasured = marks.includes("measured");
  if (language === "console") {
    return text.split(/^\$ /m).slice(1).map((entry) => {
      const [text, ...output] = entry.split("\n");
      return { text, place, output: output.join("\n"), isMeasured };
    });
  }
  if (language !== "sh") return [];
  const lines = text.split(/(?<!\\)\n/).map((line) => line.replace(/\s*# .*$/, ""));
  return lines.filter(Boolean).map((text) => ({ text, place, isMeasured }));
}

/** Where a page's links lead, of those that stay within the project. */
export function linksIn(markdown: string): string[] {
  const links = Array.from(markdown.matchAll(/\]\((\S+?)\)/g), ([, target]) => target);
  return links.filter((target) => !/^\w+:/.test(target));
}

/** The anchors of a page's headings, as GitHub makes them: `#how-it-works`. */
export function anchorsIn(markdown: string): string[] {
  return Array.from(
    markdown.matchAll(/^#+ (.*)$/gm),
    ([, title]) => `#${title.toLowerCase().replaceAll(/[^\w\s-]/g, "").replaceAll(" ", "-")}`,
  );
}
