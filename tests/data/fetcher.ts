// A process of its own that reads a data set's files: for tests of what happens when there are several
// of them, or when one is ended. It gets the source and the data folder as JSON.

import { readFiles } from "../../lib/data/cache.ts";

const { source, directory } = JSON.parse(Deno.args[0]);
console.log("started");
await readFiles(source, {
  directory,
  onNote: (note) => console.error(note),
});
