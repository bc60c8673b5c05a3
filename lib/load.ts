// Loading a data set while a person watches: progress and notes on stderr.

import { bar, type StatusLine } from "./cli.ts";
import { dataFolder } from "./data/cache.ts";
import { type Dataset, type DatasetOptions, loadDataset } from "./data/dataset.ts";

/** Where data sets are kept. */
export const DATA_FLAG = {
  type: "text",
  value: "DIR",
  help: "where data sets are kept (DIGITS_DATA, else data/)",
} as const;

interface LoadOptions
  extends Omit<DatasetOptions, "directory" | "onProgress" | "onNote" | "onRead"> {
  directory: string | undefined;
}

/**
 * Loads a data set, and shows on `status` what is being downloaded and from where, or read.
 *
 * @param options `directory` is what `DATA_FLAG` was given.
 * @throws {UserError} See `loadDataset`.
 */
export async function loadShowing(
  status: StatusLine,
  name: string,
  { directory, ...options }: LoadOptions,
): Promise<Dataset> {
  const notes: string[] = [];
  const data = await loadDataset(name, {
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
  return data;
}
