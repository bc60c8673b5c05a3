import { assertEquals } from "@std/assert";
import { runOnWorkers } from "../../lib/batch/pool.ts";

/** What the worker of this test is told: how long to wait, and what to do then. */
interface Task {
  id: number;
  waitMs?: number;
  /** "throw": the worker dies of an error. */
  fate?: "throw";
}

/** Answers each task in its turn with its id; keeps count of those it has answered. */
const WORKER = `
  let last = Promise.resolve();
  self.onmessage = ({ data: { id, waitMs = 0, fate } }) => {
    last = last.then(async () => {
      if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
      if (fate === "throw") throw new Error("task " + id + " is fatal");
      self.postMessage(String(id));
    });
  };
`;

/** The results, and how many workers were started. */
async function runTasks(tasks: Iterable<Task>, workers: number, enough = Infinity) {
  const url = URL.createObjectURL(new Blob([WORKER], { type: "text/javascript" }));
  const results: string[] = [];
  let started = 0;
  const running = runOnWorkers<Task, string>(tasks, {
    workers,
    start: () => {
      started++;
      return new Worker(url, { type: "module" });
    },
    failed: ({ id }, message) => `${id} failed: ${message.replace(/^.*Error: /, "")}`,
  });
  for await (const result of running) if (results.push(result) === enough) break;
  URL.revokeObjectURL(url);
  return { results, started };
}

Deno.test("runOnWorkers() gives results in the tasks' order, whichever is done first", async () => {
  const tasks = Array.from({ length: 300 }, (_, id) => ({ id, waitMs: id % 50 === 0 ? 30 : 0 }));
  const { results, started } = await runTasks(tasks, 3);
  assertEquals(results, tasks.map(({ id }) => String(id)));
  assertEquals(started, 3);
});

Deno.test("runOnWorkers() replaces a worker that dies, and fails none but its task", async () => {
  const fatal = [0, 17, 18, 99];
  const tasks = Array.from({ length: 100 }, (_, id): Task => ({
    id,
    fate: fatal.includes(id) ? "throw" : undefined,
  }));
  const { results, started } = await runTasks(tasks, 2);
  assertEquals(
    results,
    tasks.map(({ id, fate }) => fate ? `${id} failed: task ${id} is fatal` : String(id)),
  );
  // The last one to die may leave nothing to do for another.
  assertEquals(started === 5 || started === 6, true, String(started));
});

Deno.test("runOnWorkers() begins no more tasks than it has room for results", async () => {
  let begun = 0;
  function* endless(): Generator<Task> {
    for (;;) yield { id: begun++ };
  }
  const { results } = await runTasks(endless(), 2, 500);
  assertEquals(results, Array.from({ length: 500 }, (_, id) => String(id)));
  assertEquals(begun - results.length < 2 * 64, true, String(begun));
});

Deno.test("runOnWorkers() starts no worker where there is nothing to do", async () => {
  assertEquals(await runTasks([], 2), { results: [], started: 0 });
});
