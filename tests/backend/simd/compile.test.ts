// The simd backend inside an executable: its workers and kernels are files that nothing imports, so
// they have to be included by name.

import { Buffer } from "node:buffer";
import { assert, assertEquals } from "@std/assert";
import { BUILDS } from "../../../lib/backend/simd/module.ts";
import { openSimd } from "../../../lib/backend/simd/simd.ts";
import { initialWeights } from "../../../lib/model/layers.ts";
import { RECIPES } from "../../../lib/model/recipes.ts";
import { Random } from "../../../lib/random.ts";
import { ROOT } from "../../commands.ts";
import { testWith } from "../../parts.ts";

/** Deno's runtime for executables; `deno compile` downloads it unless it is named here. */
const denort = Deno.env.get("DENORT_BIN");

const SIMD = new URL("lib/backend/simd/", ROOT);

/** What the executable does; the test does the same. */
async function losses() {
  const backend = await openSimd({ threads: 2 });
  const weights = initialWeights(RECIPES.dense, new Random(1));
  const network = backend.createNetwork(RECIPES.dense, weights);
  const images = Uint8Array.from({ length: 784 * 9 }, (_, i) => i % 7 === 0 ? i % 256 : 0);
  for (let step = 0; step < 3; step++) {
    await network.trainBatch(images, Uint8Array.from({ length: 9 }, (_, i) => i), 1e-3);
  }
  const results = await network.takeResults();
  network.dispose();
  return JSON.stringify(results);
}

async function compile(runtime: string, body: (path: string) => Promise<void>) {
  const folder = await Deno.makeTempDir({ prefix: "digits-" });
  try {
    const imports: [string, string][] = [
      ["openSimd", "lib/backend/simd/simd.ts"],
      ["initialWeights", "lib/model/layers.ts"],
      ["RECIPES", "lib/model/recipes.ts"],
      ["Random", "lib/random.ts"],
    ];
    const script = [
      ...imports.map(([name, path]) =>
        `import { ${name} } from ${JSON.stringify(new URL(path, ROOT).href)};`
      ),
      losses.toString(),
      "console.log(await losses());",
    ].join("\n");
    await Deno.writeTextFile(`${folder}/main.js`, script);
    const included = [new URL("worker.ts", SIMD), new URL("kernels", SIMD)];
    const { code, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        ["compile", "--no-config", "--allow-read"],
        included.flatMap(({ pathname }) => ["--include", pathname]),
        ["--output", `${folder}/program`, `${folder}/main.js`],
      ].flat(),
      env: { DENORT_BIN: runtime, NO_COLOR: "1" },
    }).output();
    assertEquals(code, 0, new TextDecoder().decode(stderr));
    await body(`${folder}/program`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("an executable holds what the simd backend's threads are made of", async () => {
  // Any program will do in the runtime's place, for this one is not run.
  await compile(Deno.execPath(), async (path) => {
    const executable = Buffer.from((await Deno.readFile(path)).buffer);
    for (const name of ["worker.ts", ...BUILDS.map(({ file }) => `kernels/${file}`)]) {
      const bytes = await Deno.readFile(new URL(name, SIMD));
      assert(executable.includes(Buffer.from(bytes)), `The executable has no ${name}`);
    }
  });
});

testWith("denort", !!denort, "an executable trains with threads as Deno does", async () => {
  await compile(denort!, async (path) => {
    const { stdout, stderr } = await new Deno.Command(path).output();
    const printed = new TextDecoder().decode(stdout).trim();
    assertEquals(printed, await losses(), new TextDecoder().decode(stderr));
  });
});
