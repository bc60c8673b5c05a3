// The documentation: that every command it shows works, and prints what it is said to print.

import { assert, assertEquals } from "@std/assert";
import config from "../deno.json" with { type: "json" };
import { exists } from "../lib/files.ts";
import { ROOT } from "./commands.ts";
import { assertPrints } from "./docs/output.ts";
import {
  anchorsIn,
  type Command,
  commandsIn,
  type Fence,
  findFences,
  linksIn,
  listPages,
  readPage,
} from "./docs/pages.ts";
import { Reader } from "./docs/reader.ts";

/** How commands begin that are not run; their own files are checked in deploy.test.ts. */
const NOT_RUN = [
  "deno task test", // it runs this
  "docker ",
  "kubectl ",
  "parallel ",
];

/** How blocks of other languages are tried. */
const EXAMPLES: Record<string, (reader: Reader, fence: Fence) => Promise<void>> = {
  ts: runExample,
  js: runExample,
  python: checkPython,
};

Deno.test("the versions that are named are this one's", async () => {
  for (const path of ["CITATION.cff", "README.md", "deploy/kubernetes.yaml"]) {
    const text = await Deno.readTextFile(new URL(path, ROOT));
    const [, version] = text.match(/^ *(?:version *[:=] *\{?|image: .*:)([\d.]+)/m)!;
    assertEquals(version, config.version, path);
  }
});

Deno.test("every link within the documentation leads somewhere", async () => {
  for (const path of await listPages()) {
    for (const target of linksIn(await readPage(path))) {
      const { pathname, hash } = new URL(target, new URL(path, ROOT));
      const file = pathname.slice(ROOT.pathname.length);
      assert(await exists(pathname), `${path}: ${target}`);
      if (hash) assert(anchorsIn(await readPage(file)).includes(hash), `${path}: ${target}`);
    }
  }
});

for (const path of await listPages()) {
  Deno.test(`every command and example in ${path} works`, async (t) => {
    await using reader = await Reader.start();
    for (const fence of findFences(path, await readPage(path))) {
      for (const command of commandsIn(fence)) {
        if (!isRun(command)) continue;
        await t.step(`${command.place}: ${command.text}`, () => tryCommand(reader, command));
      }
      const example = EXAMPLES[fence.info];
      if (example) await t.step(`${fence.place}: ${fence.info}`, () => example(reader, fence));
    }
  });
}

async function tryCommand(reader: Reader, command: Command): Promise<void> {
  if (/ --resume\b/.test(command.text)) await reader.interruptTraining();
  const printed = await reader.type(command.text);
  if (command.output !== undefined) assertPrints(printed, command);
}

/** Runs an example for programmers in the copy of the project, where nothing but reading is allowed. */
async function runExample(reader: Reader, { info, text }: Fence): Promise<void> {
  await Deno.writeTextFile(`${reader.folder}/example.${info}`, text);
  await reader.type(`deno run --quiet --check --allow-read --no-prompt example.${info}`);
}

/** Other people's engines are not here: what can be said is whether it is Python, where that is. */
async function checkPython(_: Reader, { text }: Fence): Promise<void> {
  const python = new Deno.Command("python3", {
    args: ["-c", "import ast, sys; ast.parse(sys.argv[1])", text],
  });
  const { success, stderr } = await python.output().catch((error) => {
    if (error instanceof Deno.errors.NotFound) return { success: true, stderr: new Uint8Array() };
    throw error;
  });
  assert(success, new TextDecoder().decode(stderr));
}

function isRun({ text }: Command): boolean {
  return !NOT_RUN.some((start) => text.startsWith(start));
}

Deno.test("what is not run is shown somewhere", async () => {
  const commands = [];
  for (const path of await listPages()) {
    commands.push(...findFences(path, await readPage(path)).flatMap(commandsIn));
  }
  for (const start of NOT_RUN) {
    assert(commands.some(({ text }) => text.startsWith(start)), start);
  }
});
