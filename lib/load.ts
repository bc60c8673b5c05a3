// Loading a data set while a person watches: progress and notes on stderr.

import { bar, type StatusLine } from "./cli.ts";
import { type Dataset, type DatasetOptions, loadDataset } from "./data/dataset.ts";

/**
 * Loads a data set, and shows on `status` what is being downloaded and from where.
 *
 * @throws {UserError} See `loadDataset`.
 */
export async function loadShowing(
  status: StatusLine,
  name: string,
  options: Omit<DatasetOptions, "onProgress" | "onNote">,
): Promise<Dataset> {
  const notes: string[] = [];
  const data = await loadDataset(name, {
    ...options,
    onProgress: ({ file, host, bytes, total }) =>
      status.update(
        `${file} from ${host} ${total ? bar(bytes / total) : ""} ${(bytes / 1e6).toFixed(1)} MB`,
      ),
    onNote: (note) => {
      notes.push(note);
      status.update(note);
    },
  });
  // Kept until here, because an error repeats them.
  notes.forEach((note) => status.print(note));
  return data;
}
