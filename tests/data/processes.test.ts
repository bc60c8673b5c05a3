// Real processes that download into one folder: several at once, on a full disk, and killed at moments
// that nobody chose. Whatever has a file's name is that file, whole.

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { zipSync } from "fflate";
import { type Part, PARTS } from "../../lib/data/sources.ts";
import { hashOf } from "../../lib/data/verify.ts";
import { Random } from "../../lib/random.ts";
import { ARCHIVE, archived, contents, noise } from "./archives.ts";
import {
  files,
  good,
  gzip,
  gzipped,
  type Mirror,
  PLAIN,
  type Published,
  withMirrors,
  type World,
} from "./mirrors.ts";

const FETCHER = new URL("fetcher.ts", import.meta.url).pathname;

/** A process that reads the data set; `limit` is how large a file of its may be, in bytes. */
function spawn({ source, directory }: World, limit?: number): Deno.ChildProcess {
  const flags = ["run", "--quiet", "--allow-read", "--allow-write", "--allow-net=127.0.0.1"];
  const args = [...flags, FETCHER, JSON.stringify({ source, directory })];
  const options = { stdout: "piped", stderr: "piped", env: { NO_COLOR: "1" } } as const;
  if (limit === undefined) return new Deno.Command(Deno.execPath(), { args, ...options }).spawn();
  // A write beyond the limit fails as on a full disk; sh counts in blocks of 512 bytes.
  const script = `trap '' XFSZ; ulimit -f ${limit / 512}; exec "$0" "$@"`;
  return new Deno.Command("sh", { args: ["-c", script, Deno.execPath(), ...args], ...options })
    .spawn();
}

async function outputOf(process: Deno.ChildProcess): Promise<{ success: boolean; said: string }> {
  const { success, stderr } = await process.output();
  return { success, said: new TextDecoder().decode(stderr) };
}

/** Asserts that each file that has its name is right; says which there are. */
async function assertRight(
  { source, directory }: World,
  contents: Readonly<Record<Part, Uint8Array>>,
): Promise<Part[]> {
  const there: Part[] = [];
  for (const part of PARTS) {
    const path = `${directory}/${source.folders[0]}/${source.files[part].name}.gz`;
    const bytes = await Deno.readFile(path).catch(() => undefined);
    if (!bytes) continue;
    assertEquals(await hashOf(bytes), await hashOf(Uint8Array.from(contents[part])), path);
    there.push(part);
  }
  return there;
}

/** Sends a file bit by bit, so that there is time to be killed in. */
const slow: Mirror = (file, asked) => {
  const { status, headers } = good(file, asked, 1);
  let at = Number(asked.range?.match(/\d+/) ?? 0);
  if (status === 416) return new Response(null, { status, headers });
  headers.set("content-length", String(file.length - at));
  const pull = async (controller: ReadableStreamDefaultController<Uint8Array>) => {
    await new Promise((go) => setTimeout(go, 2));
    controller.enqueue(file.slice(at, at += 40_000));
    if (at >= file.length) controller.close();
  };
  return new Response(new ReadableStream({ pull }, { highWaterMark: 0 }), { status, headers });
};

// Larger than elsewhere: being unpacked takes its time, too.
const LARGE = noise(4_000_000);
const large = { ...gzipped, trainImages: await gzip(LARGE) };
const largeFiles = {
  ...files,
  trainImages: { ...files.trainImages, sha256: await hashOf(LARGE) },
};

const KINDS: Record<string, Published> = {
  "files": {
    source: { files: largeFiles },
    served: Object.fromEntries(PARTS.map((part) => [`${files[part].name}.gz`, large[part]])),
  },
  "an archive": await archived(zipSync(contents(large)), { files: largeFiles }),
};

for (const [kind, published] of Object.entries(KINDS)) {
  Deno.test(`a download of ${kind} that is killed again and again is right in the end`, () => {
    const random = new Random(crypto.getRandomValues(new Uint32Array(1))[0]);
    return withMirrors([slow], async (world) => {
      const delays: number[] = [];
      for (let i = 0; i < 8; i++) {
        const process = spawn(world);
        const started = process.stdout.getReader();
        await started.read();
        delays.push(random.integer(250));
        await new Promise((go) => setTimeout(go, delays.at(-1)));
        try {
          process.kill("SIGKILL");
        } catch {
          // It was done.
        }
        await started.cancel();
        await process.stderr.cancel();
        await process.status;
        await assertRight(world, large);
      }
      const { success, said } = await outputOf(spawn(world));
      assert(success, `After kills at ${delays} ms: ${said}`);
      assertEquals(await assertRight(world, large), [...PARTS]);
      assertEquals((await world.list()).filter((name) => !/\.(gz|lock)$/.test(name)), []);
    }, published);
  });
}

Deno.test("two processes that want the same archive download it once", async () =>
  withMirrors([slow], async (world) => {
    const said = await Promise.all([outputOf(spawn(world)), outputOf(spawn(world))]);
    assert(said.every(({ success }) => success), JSON.stringify(said));
    assertEquals(await assertRight(world, gzipped), [...PARTS]);
    assertEquals(world.asked.length, 1);
  }, await archived()));

Deno.test({
  name: "a full disk leaves what was there, and says what to do",
  ignore: Deno.build.os === "windows",
  async fn() {
    const zip = zipSync(contents());
    // Too little for the archive; for a file of it; for a file that comes by itself.
    const tried: [Partial<Published>, number, string][] = [
      [await archived(zip), 65_536, `emnist-digits/${ARCHIVE}.part`],
      [await archived(zip), 65_536, `emnist-digits/${files.trainImages.name}.gz.part`],
      [{}, 65_536, `mnist/${files.trainImages.name}.gz.part`],
    ];
    for (const [i, [published, limit, path]] of tried.entries()) {
      await withMirrors([good], async (world) => {
        const { put, directory, list, read } = world;
        const folder = path.split("/")[0];
        await put(`${folder}/${files.testImages.name}.gz`, gzipped.testImages);
        if (i === 1) await put(`${folder}/${ARCHIVE}`, zip);
        const { success, said } = await outputOf(spawn(world, limit));
        assert(!success);
        assertStringIncludes(said, `Cannot write ${directory}/${path}: File too large`);
        assertStringIncludes(said, "Make sure that it can be written to and the disk has room, or");
        assertEquals(await assertRight(world, gzipped), ["testImages"]);
        // What is downloaded goes on when there is room; what is unpacked begins anew.
        assertEquals((await list()).includes(path), i !== 1);
        assertEquals(await read(), PLAIN);
      }, published);
    }
  },
});
