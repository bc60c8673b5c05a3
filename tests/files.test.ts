import { assert, assertEquals, assertRejects } from "@std/assert";
import { UserError } from "../lib/errors.ts";
import { exists, ownFolder, temporariesOf, writeFiles } from "../lib/files.ts";
import { namesIn, testWithFolder } from "./parts.ts";

testWithFolder("writeFiles() replaces files and leaves nothing else behind", async (folder) => {
  await Deno.writeTextFile(`${folder}/a`, "old, and longer than the new one");
  await writeFiles({ [`${folder}/a`]: "new", [`${folder}/b`]: new Uint8Array([1, 2]) });
  assertEquals(await Deno.readTextFile(`${folder}/a`), "new");
  assertEquals(await Deno.readFile(`${folder}/b`), new Uint8Array([1, 2]));
  assertEquals(await namesIn(folder), ["a", "b"]);
});

testWithFolder("writeFiles() replaces none when one cannot be written", async (folder) => {
  await Deno.writeTextFile(`${folder}/a`, "old");
  await assertRejects(
    () => writeFiles({ [`${folder}/a`]: "new", [`${folder}/missing/b`]: "new" }),
    UserError,
    "Nothing was changed",
  );
  assertEquals(await Deno.readTextFile(`${folder}/a`), "old");
  assertEquals(await namesIn(folder), ["a"]);
});

testWithFolder("writeFiles() says which files are new when a rename fails", async (folder) => {
  await Deno.mkdir(`${folder}/b/in-the-way`, { recursive: true });
  await assertRejects(
    () => writeFiles({ [`${folder}/a`]: "new", [`${folder}/b`]: "new" }),
    UserError,
    `${folder}/a had been replaced`,
  );
  assertEquals(await namesIn(folder), ["a", "b"]);
});

testWithFolder(
  "writeFiles() removes what killed writers of the same file left, and nothing of others",
  async (folder) => {
    const path = `${folder}/a`;
    for (const name of ["a.0123abcd.tmp", "a.89abcdef.tmp", "b.0123abcd.tmp", "a.tmp", "a.b"]) {
      await Deno.writeTextFile(`${folder}/${name}`, "half");
    }
    using writer = await Deno.open(`${folder}/a.89abcdef.tmp`, { write: true });
    await writer.lock(true);
    await writeFiles({ [path]: "new" });
    assertEquals(
      await namesIn(folder),
      ["a", "a.89abcdef.tmp", "a.b", "a.tmp", "b.0123abcd.tmp"],
    );
    assertEquals(await temporariesOf(path), [`${folder}/a.89abcdef.tmp`]);
  },
);

testWithFolder("writeFiles() leaves alone what others write at the same time", async (folder) => {
  const path = `${folder}/a`;
  const contents = Array.from({ length: 20 }, (_, i) => String(i).repeat(1000));
  await Promise.all(contents.map((content) => writeFiles({ [path]: content })));
  assert(contents.includes(await Deno.readTextFile(path)));
  assertEquals(await namesIn(folder), ["a"]);
});

testWithFolder("ownFolder() prefers what is here, then what came along", async (folder) => {
  const here = Deno.cwd();
  try {
    Deno.chdir(folder);
    assertEquals(await exists(`${await ownFolder("images", "1.png")}/1.png`), true);
    assertEquals(await ownFolder("images", "no-such-file"), "images");
    await Deno.mkdir("images");
    await Deno.writeTextFile("images/1.png", "");
    assertEquals(await ownFolder("images", "1.png"), "images");
  } finally {
    Deno.chdir(here);
  }
});
