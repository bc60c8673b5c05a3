// The compiled kernels belong to their sources. The compiler is JavaScript and WebAssembly on one
// thread, pinned by deno.lock with the Binaryen that it uses: what it gives does not depend on the
// machine, so that every byte can be compared.

import { assert, assertEquals } from "@std/assert";
import { BUILDS } from "../../../lib/backend/simd/module.ts";
import { compileKernels } from "../../../tools/build_kernels.ts";
import { microKernels } from "../../../tools/micro_kernels.ts";

const KERNELS = new URL("../../../lib/backend/simd/kernels/", import.meta.url);

for (const build of BUILDS) {
  Deno.test(`${build.file} is what the kernels' sources compile to`, async () => {
    const stored = await Deno.readFile(new URL(build.file, KERNELS));
    const compiled = await compileKernels(build);
    assert(
      stored.length === compiled.length && stored.every((byte, i) => byte === compiled[i]),
      `${build.file} is not what its sources give: run deno task build:kernels`,
    );
  });
}

Deno.test("micro.ts is what its generator writes", async () => {
  assertEquals(await Deno.readTextFile(new URL("micro.ts", KERNELS)), microKernels());
});
