// What is compiled belongs to its sources. The compiler is JavaScript and WebAssembly on one thread,
// pinned by tools/deno.lock with the Binaryen that it uses: what it gives does not depend on the
// machine, so that every byte can be compared.

import { assert, assertEquals } from "@std/assert";
import { BUILDS } from "../../../lib/backend/simd/module.ts";
import { ROOT } from "../../commands.ts";
import { namesIn, testWithFolder } from "../../parts.ts";

const COMPILED = [
  ...["micro.ts", ...BUILDS.map(({ file }) => file)].map((name) =>
    `lib/backend/simd/kernels/${name}`
  ),
  "lib/image/wasm/page.wasm",
];

testWithFolder("what is compiled is what its sources give", async (folder) => {
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ["run", "--no-config", "--lock=tools/deno.lock", "--frozen"],
      ["--allow-read", `--allow-write=${folder}`, "--allow-env"],
      ["tools/build_kernels.ts", folder],
    ].flat(),
    cwd: ROOT,
  }).output();
  assertEquals(code, 0, new TextDecoder().decode(stderr));
  const names = COMPILED.map((path) => path.split("/").at(-1)!);
  assertEquals(await namesIn(folder), names.toSorted());
  for (const [i, path] of COMPILED.entries()) {
    const stored = await Deno.readFile(new URL(path, ROOT));
    const compiled = await Deno.readFile(`${folder}/${names[i]}`);
    assert(
      stored.length === compiled.length && stored.every((byte, k) => byte === compiled[k]),
      `${path} is not what its sources give: run deno task build:kernels`,
    );
  }
});
