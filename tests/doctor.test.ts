import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { Check } from "../lib/doctor/check.ts";
import type { PermissionCheck } from "../lib/doctor/permissions.ts";
import { ROOT, run } from "./commands.ts";
import { testWithFolder } from "./parts.ts";

testWithFolder("doctor looks at everything, and fails where a model is broken", async (folder) => {
  await Deno.mkdir(`${folder}/models/best`, { recursive: true });
  await Deno.writeTextFile(`${folder}/models/best/model.json`, "{}");
  await Deno.writeFile(`${folder}/models/best/weights.bin`, new Uint8Array());
  const { code, stdout } = await run("doctor", ["--json"], {
    cwd: folder,
    // A GPU in software would take most of the time, by OpenGL too.
    env: { VK_DRIVER_FILES: "/none", DENO_WEBGPU_BACKEND: "vulkan" },
  });
  assertEquals(code, 1);
  const examination = JSON.parse(stdout);
  assertEquals(Object.keys(examination), [
    ...["state", "versions", "processor", "adapters", "backends", "models", "data", "page"],
    "permissions",
  ]);
  assertEquals(examination.state, "broken");
  const { models, backends, permissions } = examination;
  const states = models.map(({ name, state }: Check) => `${name} ${state}`);
  assertEquals(states, ["best broken", "cnn ok", "dense ok", "fast ok", "reject ok", "tiny ok"]);
  assertStringIncludes(models[0].finding, "it has no modelTopology");
  assert(backends[0].training.samplesPerSecond > 0);
  const granted = permissions.filter(({ granted }: PermissionCheck) => granted)
    .map(({ name }: Check) => name);
  assertEquals(granted, ["read .", "env DIGITS_DATA", "sys osRelease"]);
});

Deno.test("doctor without permissions says what it may not look at", async () => {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "doctor.ts", "--json"],
    cwd: ROOT,
    env: { NO_COLOR: "1" },
  }).output();
  assertEquals(code, 0, new TextDecoder().decode(stderr));
  const { models, data, page, backends } = JSON.parse(new TextDecoder().decode(stdout));
  for (const [check] of [models, data, page, backends]) {
    assertEquals([check.state, check.finding], ["note", "not looked at: that is not allowed"]);
    assertStringIncludes(check.advice, "--allow-read");
  }
});
