import { assertEquals, assertStringIncludes } from "@std/assert";
import { listInputs } from "../../lib/batch/inputs.ts";
import { testWithFolder } from "../parts.ts";

/** Makes empty files, with the folders that they are in. */
async function touch(folder: string, paths: string[]): Promise<void> {
  for (const path of paths) {
    await Deno.mkdir(`${folder}/${path}`.replace(/\/[^/]*$/, ""), { recursive: true });
    await Deno.writeTextFile(`${folder}/${path}`, "");
  }
}

/** What operands within a folder stand for; an error follows its file. */
async function list(folder: string, ...operands: string[]): Promise<string[]> {
  const inputs = await listInputs(operands.map((operand) => `${folder}/${operand}`));
  return inputs.flatMap(({ file, error }) => {
    const name = file.slice(folder.length + 1);
    return error === undefined ? [name] : [name, error];
  });
}

Deno.test("listInputs() takes names as they are, and - for the standard input", async () => {
  const operands = ["no such file.png", "-", "007"];
  assertEquals(await listInputs(operands), operands.map((file) => ({ file })));
});

testWithFolder("listInputs() lists a folder's pictures in natural order", async (folder) => {
  await touch(folder, [
    ...["10.png", "9.png", "b.JPG", "a.webp", "c.tif", "notes.txt", ".hidden.png", "._9.png"],
    "sub/d.png",
  ]);
  const pictures = ["9.png", "10.png", "a.webp", "b.JPG", "c.tif"];
  assertEquals(await list(folder, ""), pictures);
  assertEquals(
    (await listInputs([folder])).map(({ file }) => file.slice(folder.length + 1)),
    pictures,
  );
});

testWithFolder("listInputs() puts what is wrong into its place and goes on", async (folder) => {
  await touch(folder, ["a.png", "empty/notes.txt"]);
  assertEquals(await list(folder, "empty", "*.gif", "a.png"), [
    ...["empty", "There are no pictures in the folder"],
    ...["*.gif", "No file matches"],
    "a.png",
  ]);
});

testWithFolder("listInputs() expands globs", async (folder) => {
  await touch(folder, [
    ...["a1.png", "a2.png", "a10.png", "b.jpg", "notes.txt", ".h.png"],
    ...["sub/c.png", "sub/deep/d.png", "sub/deep/e.txt", ".git/f.png"],
  ]);
  const cases: Record<string, string[]> = {
    "*.png": ["a1.png", "a2.png", "a10.png"],
    "a?.png": ["a1.png", "a2.png"],
    "a[2-9].png": ["a2.png"],
    "a[!2].png": ["a1.png"],
    "{b,a2}.{png,jpg}": ["a2.png", "b.jpg"],
    "*": ["a1.png", "a2.png", "a10.png", "b.jpg", "notes.txt"], // files only, whatever they are
    ".*.png": [".h.png"],
    "s*/*.png": ["sub/c.png"],
    "sub/../b.*": ["sub/../b.jpg"],
    "**/*.png": ["a1.png", "a2.png", "a10.png", "sub/c.png", "sub/deep/d.png"],
    "**/deep/**/d.*": ["sub/deep/d.png"],
    "**/**/d.png": ["sub/deep/d.png"],
    "**": ["a1.png", "a2.png", "a10.png", "b.jpg", "sub/c.png", "sub/deep/d.png"], // pictures only
    "sub/**": ["sub/c.png", "sub/deep/d.png"],
  };
  for (const [glob, expected] of Object.entries(cases)) {
    assertEquals(await list(folder, glob), expected, glob);
  }
});

testWithFolder(
  "listInputs() takes a file for itself whose name looks like a glob",
  async (folder) => {
    await touch(folder, ["scan[1].png", "scan1.png", "what?.png"]);
    assertEquals(await list(folder, "scan[1].png", "what?.png"), ["scan[1].png", "what?.png"]);
  },
);

testWithFolder("listInputs() does not follow links around in circles", async (folder) => {
  await touch(folder, ["sub/a.png"]);
  await Deno.symlink(folder, `${folder}/sub/back`);
  assertEquals(await list(folder, "**/*.png"), ["sub/a.png"]);
});

testWithFolder("listInputs() names a folder that is none any more", async (folder) => {
  await Deno.symlink(`${folder}/gone`, `${folder}/link`);
  assertEquals(await list(folder, "link/*.png"), ["link/*.png", "No file matches"]);
  assertStringIncludes((await list(folder, "link"))[0], "link");
});
