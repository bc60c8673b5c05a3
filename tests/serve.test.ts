import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import config from "../deno.json" with { type: "json" };
import { ROOT, run } from "./commands.ts";
import { namesIn } from "./parts.ts";
import { Server } from "./server.ts";

const readImage = (name: string) => Deno.readFile(new URL(`images/${name}`, ROOT));
const encode = (text: string) => new TextEncoder().encode(text);

Deno.test("serve gives for each sample what predict --json prints", async () => {
  const names = await namesIn(new URL("images", ROOT).pathname);
  const { stdout } = await run("predict", ["--json", ...names.map((name) => `images/${name}`)]);
  const expected = stdout.trimEnd().split("\n").map((line) => ({ ...JSON.parse(line), file: "-" }));
  await using server = await Server.start();
  const answers = await Promise.all(names.map(async (name) => {
    const answer = await server.predict(await readImage(name));
    return await answer.json();
  }));
  assertEquals(answers, expected);
});

Deno.test("serve says where, with what, and what it cannot do", async () => {
  {
    await using server = await Server.start(["--model=tiny", "--threads=1"]);
    assertMatch(server.url, /^http:\/\/127\.0\.0\.1:\d+$/);
    const { port } = new URL(server.url);
    const second = await run("serve", ["--port", port]);
    assertEquals(second.code, 1);
    assertStringIncludes(
      second.stderr,
      `Could not listen on 127.0.0.1:${port}: the port is in use. Choose another with --port`,
    );
    server.process.kill("SIGKILL");
    assertEquals(await server.stderr, "model: tiny, backend: simd, 1 reader of one thread\n");
  }
  const host = await run("serve", ["--host=192.0.2.1"]);
  assertEquals(host.code, 1);
  assertStringIncludes(host.stderr, "Could not listen on 192.0.2.1:8000: that is not allowed");
  const model = await run("serve", ["--model=none"]);
  assertEquals(model.code, 1);
  assertStringIncludes(
    model.stderr,
    "There is no model none that can read in models; there are: best, ",
  );
  const port = await run("serve", ["--port=65536"]);
  assertEquals(port.code, 2);
  assertStringIncludes((await run("serve", ["--help"])).stdout, "deno task serve [flags]");
});

/** Says something, as far as the server lets it. */
async function sayOn(
  connection: Deno.TcpConn,
  ...parts: (string | Uint8Array)[]
): Promise<void> {
  const writer = connection.writable.getWriter();
  for (const part of parts) {
    await writer.write(typeof part === "string" ? encode(part) : part).catch(() => {});
  }
  writer.releaseLock();
}

/** What the server answers on a connection until it closes it, or says no more than `length` bytes. */
async function readAnswer(connection: Deno.TcpConn, length = Infinity): Promise<string> {
  const buffer = new Uint8Array(65536);
  let text = "";
  while (text.length < length) {
    const read = await connection.read(buffer).catch(() => null); // cut off
    if (read === null) break;
    text += new TextDecoder().decode(buffer.subarray(0, read));
  }
  return text;
}

const HEAD = "POST /api/predict HTTP/1.1\r\nhost: localhost\r\ncontent-type: image/png\r\n";

Deno.test("serve is as it was after clients that break off, lie or never end", async () => {
  const picture = await readImage("7.png");
  await using server = await Server.start(["--threads=1"]);
  const read = async () => {
    const answer = await server.predict(picture);
    assertEquals([answer.status, (await answer.json()).text], [200, "7"]);
  };
  const say = async (...parts: (string | Uint8Array)[]) => {
    const connection = await server.connect();
    await sayOn(connection, ...parts);
    return connection;
  };

  // They hold their connections until the end, and nobody else waits for them.
  const idle = await Promise.all([
    say("POST /api/pre"),
    say(HEAD),
    say(`${HEAD}content-length: 8000000\r\n\r\n`, picture),
    say(`${HEAD}transfer-encoding: chunked\r\n\r\n5\r\nab`),
  ]);
  await read();

  // Gone in the middle of the headers, of the body, and before the answer.
  for (
    const parts of [
      ["GET / HT"],
      [`${HEAD}content-length: 1000\r\n\r\n`, "half of it"],
      [`${HEAD}content-length: ${picture.length}\r\n\r\n`, picture],
    ]
  ) {
    for (let i = 0; i < 20; i++) (await say(...parts)).close();
  }
  await read();

  const status = async (...parts: (string | Uint8Array)[]) => {
    const connection = await server.connect();
    const writing = sayOn(connection, ...parts); // an answer may come before the end
    const answer = await readAnswer(connection, 1);
    connection.close();
    await writing;
    return answer.split("\r\n")[0];
  };
  const large = new Uint8Array(8_000_001);
  const tooLarge = "HTTP/1.1 413 Payload Too Large";
  assertEquals(await status(`${HEAD}content-length: 99999999999\r\n\r\n`), tooLarge);
  const chunk = `${large.length.toString(16)}\r\n`;
  assertEquals(
    await status(`${HEAD}transfer-encoding: chunked\r\n\r\n${chunk}`, large),
    tooLarge,
  );
  const bad = "HTTP/1.1 400 Bad Request";
  assertEquals(await status("GARBAGE\r\n\r\n"), bad);
  assertEquals(await status(`${HEAD}content-length: -1\r\n\r\n`), bad);
  assertEquals(await status(`${HEAD}content-length: 1\r\ncontent-length: 2\r\n\r\nab`), bad);
  assertEquals(await status(`GET / HTTP/1.1\r\nhost: x\r\nx: ${"y".repeat(1e6)}\r\n\r\n`), bad);

  // More than was announced is another request, and no good one.
  const lying = await say(`${HEAD}content-length: 4\r\n\r\nfour and garbage\r\n\r\n`);
  assertMatch(await readAnswer(lying), /^HTTP\/1\.1 422 /);
  lying.close();

  await read();
  for (const connection of idle) connection.close();
  await read();
  server.process.kill("SIGTERM");
  assertEquals((await server.process.status).code, 0);
  assertEquals((await server.stderr).split("\n").slice(1), ["Stopping: what runs is finished", ""]);
});

/** A request whose body the server waits for. */
async function begin(server: Server, length: number): Promise<Deno.TcpConn> {
  const connection = await server.connect();
  await sayOn(connection, `${HEAD}content-length: ${length}\r\nexpect: 100-continue\r\n\r\n`);
  assertEquals(await readAnswer(connection, 1), "HTTP/1.1 100 Continue\r\n\r\n");
  return connection;
}

/** Waits until the server says that it stops. */
async function stopping(server: Server): Promise<void> {
  for (let isReady = true; isReady;) {
    const answer = await fetch(`${server.url}/ready`);
    isReady = (await answer.json()).ready;
  }
}

Deno.test("serve finishes what runs when it is told to stop, and takes nothing new", async () => {
  const picture = await readImage("number.jpg");
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    await using server = await Server.start(["--threads=1"]);
    const running = await Promise.all(
      Array.from({ length: 5 }, () => begin(server, picture.length)),
    );
    server.process.kill(signal);
    await stopping(server);
    const late = await server.predict(picture);
    assertEquals([late.status, late.headers.get("retry-after")], [503, "1"]);
    await late.body?.cancel();
    for (const connection of running) await sayOn(connection, picture);
    for (const connection of running) {
      const answer = await readAnswer(connection);
      assertStringIncludes(answer, '{"file":"-","text":"2750946",');
      connection.close();
    }
    assertEquals(await server.process.status, { success: true, code: 0, signal: null });
  }
});

Deno.test("serve ends at once at the second signal", async () => {
  await using server = await Server.start(["--threads=1"]);
  const connection = await begin(server, 100); // that never come
  server.process.kill("SIGINT");
  await stopping(server);
  server.process.kill("SIGINT");
  assertEquals((await server.process.status).signal, "SIGINT");
  connection.close();
});

/** Bytes of memory that a process takes. */
async function memoryOf({ pid }: Deno.ChildProcess): Promise<number> {
  const { stdout } = await new Deno.Command("ps", { args: ["-o", "rss=", "-p", `${pid}`] })
    .output();
  return 1024 * Number(new TextDecoder().decode(stdout));
}

Deno.test({
  name: "serve takes no more memory after thousands of requests",
  ignore: Deno.build.os === "windows", // it has no ps
  async fn() {
    const pictures = await Promise.all(["1.png", "9.png", "phone.jpg"].map(readImage));
    pictures.push(pictures[0].slice(0, 2000)); // damaged
    await using server = await Server.start(["--threads=1", "--model=dense"]);
    const ask = async (requests: number) => {
      let next = 0;
      await Promise.all(Array.from({ length: 20 }, async () => {
        while (next < requests) {
          const answer = await server.predict(pictures[next++ % pictures.length]);
          assert(answer.status === 200 || answer.status === 422, String(answer.status));
          await answer.body?.cancel();
        }
      }));
      return await memoryOf(server.process);
    };
    const before = await ask(1000);
    const after = await ask(2000);
    assert(after < 1.5 * before, `${before / 1e6} MB, then ${after / 1e6} MB`);
  },
});

Deno.test("deno serve --parallel answers on all its threads, and stops when it is asked to", async () => {
  const [program, ...args] = config.tasks["serve:parallel"].command
    .replace("--port 8000", "--port 0").split(" ");
  assertEquals(program, "deno");
  await using server = await Server.run(
    new Deno.Command(Deno.execPath(), {
      args: args.toSpliced(1, 0, "--no-prompt"),
      cwd: ROOT,
      env: { NO_COLOR: "1", DENO_JOBS: "2" },
      stdout: "null",
      stderr: "piped",
    }),
  );
  const picture = await readImage("3.png");
  const answers = await Promise.all(Array.from({ length: 20 }, () => server.predict(picture)));
  for (const answer of answers) assertEquals((await answer.json()).text, "3");
  server.process.kill("SIGTERM");
  assertEquals((await server.process.status).code, 0);
  assertStringIncludes(await server.stderr, "with 2 threads");
});
