// Loading a data set while a person watches: progress and notes on stderr.

import type { StatusLine } from "./cli.ts";
import { dataFolder, readFiles } from "./data/cache.ts";
import { type Dataset, type DatasetOptions, loadDataset } from "./data/dataset.ts";
import type { FetchOptions } from "./data/mirrors.ts";
import type { Source } from "./data/sources.ts";
import { bar } from "./report/reading.ts";

/** Where data sets are kept. */
export const DATA_FLAG = {
  type: "text",
  value: "DIR",
  help: "where data sets are kept (DIGITS_DATA, else data/)",
} as const;

/** What loading takes from a command; `directory` is what `DATA_FLAG` was given. */
type Shown<Options> = Omit<Options, "directory" | "onProgress" | "onNote" | "onRead"> & {
  directory: string | undefined;
};

/**
 * Loads a data set, and shows on `status` what is being downloaded and from where, or read.
 *
 * @throws {UserError} See `loadDataset`.
 */
export async function loadShowing(
  status: StatusLine,
  name: string,
  options: Shown<DatasetOptions>,
): Promise<Dataset> {
  return await showing(status, options, (options) => loadDataset(name, options));
}

/**
 * Makes sure that a published data set's files are here, and shows on `status` what is being downloaded.
 *
 * @throws {UserError} See `readFiles`.
 */
export async function fetchShowing(
  status: StatusLine,
  source: Source,
  options: Shown<FetchOptions>,
): Promise<void> {
  await showing(status, options, (options) => readFiles(source, options));
}

async function showing<Options, Result>(
  status: StatusLine,
  { directory, ...options }: Shown<Options>,
  load: (options: FetchOptions & Pick<DatasetOptions, "onRead">) => Promise<Result>,
): Promise<Result> {
  const notes: string[] = [];
  const result = await load({
    ...options,
    directory: directory ?? dataFolder(),
    onProgress: ({ file, host, bytes, total }) =>
      status.update(
        `${file} from ${host} ${total ? bar(bytes / total) : ""} ${(bytes / 1e6).toFixed(1)} MB`,
      ),
    onRead: (done, total) =>
      status.update(`Reading pictures ${bar(done / total)} ${done} of ${total}`),
    onNote: (note) => {
      notes.push(note);
      status.update(note);
    },
  });
  // Kept until here, because an error repeats them.
  notes.forEach((note) => status.print(note));
  return result;
}
