// The part of the page that corrections.test.ts looks at, alone on a page: bundled for the browser.

/// <reference lib="dom" />

import { Corrections } from "../../../../lib/web/page/corrections/corrections.ts";

const corrections = new Corrections(document.querySelector("main")!);
corrections.show([], "", [..."0123456789"]);

// What the test does in place of the page.
Object.assign(globalThis, { corrections });
