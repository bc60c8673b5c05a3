// Workers that share a list of tasks. Results come in the tasks' order, however long each takes.

/** Tasks that a worker has at a time: the next is there before the last one's result has arrived. */
const TASKS_AHEAD = 2;

/**
 * Tasks that are begun, per worker, before the first of them is done: a large picture may take as
 * long as so many small ones. This many results wait in memory at most.
 */
const WINDOW = 64;

export interface PoolOptions<Task, Result> {
  /** At least 1. */
  workers: number;
  /** Starts a worker, which answers each task that is posted to it with its result, in order. */
  start: () => Worker;
  /** The result of a task whose worker died of it. */
  failed: (task: Task, message: string) => Result;
}

interface Pending<Task, Result> {
  task: Task;
  resolve: (result: Result) => void;
}

/**
 * Does tasks on workers. A worker that dies is replaced: the task that it was at has failed then, and
 * no other. All workers are ended when the caller has enough.
 */
export async function* runOnWorkers<Task, Result>(
  tasks: Iterable<Task>,
  options: PoolOptions<Task, Result>,
): AsyncGenerator<Result> {
  const waiting: Pending<Task, Result>[] = [];
  const members = Array.from(
    { length: options.workers },
    () => new Member(options, waiting),
  );
  const results: Promise<Result>[] = [];
  try {
    for (const task of tasks) {
      const { promise, resolve } = Promise.withResolvers<Result>();
      waiting.push({ task, resolve });
      results.push(promise);
      for (const member of members) member.feed();
      if (results.length >= WINDOW * options.workers) yield await results.shift()!;
    }
    while (results.length > 0) yield await results.shift()!;
  } finally {
    for (const member of members) member.end();
  }
}

/** A place in the pool: a worker and, should that die, the next. */
class Member<Task, Result> {
  readonly #options: PoolOptions<Task, Result>;
  /** What nobody has begun yet, shared by all. */
  readonly #waiting: Pending<Task, Result>[];
  /** What the worker has, in its order. */
  #pending: Pending<Task, Result>[] = [];
  #worker: Worker | undefined;

  constructor(options: PoolOptions<Task, Result>, waiting: Pending<Task, Result>[]) {
    [this.#options, this.#waiting] = [options, waiting];
  }

  /** Takes tasks, if there are any and it has room. */
  feed(): void {
    while (this.#waiting.length > 0 && this.#pending.length < TASKS_AHEAD) {
      const next = this.#waiting.shift()!;
      this.#pending.push(next);
      this.#worker ??= this.#start();
      this.#worker.postMessage(next.task);
    }
  }

  end(): void {
    this.#worker?.terminate();
    this.#worker = undefined;
  }

  #start(): Worker {
    const worker = this.#options.start();
    worker.onmessage = ({ data }: MessageEvent<Result>) => {
      this.#pending.shift()?.resolve(data);
      this.feed();
    };
    worker.onerror = (event) => {
      event.preventDefault(); // or the whole program ends
      this.#replace(event.message);
    };
    worker.onmessageerror = () => this.#replace("a message could not be read");
    return worker;
  }

  #replace(message: string): void {
    this.end();
    const [first, ...others] = this.#pending;
    this.#pending = [];
    this.#waiting.unshift(...others);
    first?.resolve(this.#options.failed(first.task, message));
    this.feed();
  }
}
