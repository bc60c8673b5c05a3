// The table of published data sets: that it can be used as it is.

import { assert, assertEquals, assertMatch } from "@std/assert";
import { PARTS, SOURCES } from "../../lib/data/sources.ts";

Deno.test("every source has what its files are checked by, and where they can be had", () => {
  for (const { name, files, archive, mirrors, bytes, classes } of SOURCES) {
    assertMatch(name, /^[a-z-]+$/);
    for (const part of PARTS) assertMatch(files[part].sha256, /^[0-9a-f]{64}$/, name);
    if (archive) assertMatch(archive.sha256, /^[0-9a-f]{64}$/, name);
    assertEquals(archive?.bytes ?? bytes, bytes);
    assert(mirrors.length > 0 && mirrors.every((mirror) => URL.parse(mirror)), name);
    assert(mirrors.every((mirror) => mirror.endsWith("/")), name);
    assertEquals(new Set(classes).size, 10, name);
  }
});

Deno.test("no two sources are looked for under the same path, or have the same file", () => {
  const paths = SOURCES.flatMap(({ files, folders }) =>
    folders.flatMap((folder) => PARTS.map((part) => `${folder}/${files[part].name}`))
  );
  assertEquals(new Set(paths).size, paths.length);
  const hashes = SOURCES.flatMap(({ files }) => PARTS.map((part) => files[part].sha256));
  assertEquals(new Set(hashes).size, hashes.length);
});
