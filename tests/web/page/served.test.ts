// The page as the server has it, with its headers.

import { assertEquals } from "@std/assert";
import { writeDigit } from "../../../lib/data/strokes.ts";
import { Random } from "../../../lib/random.ts";
import { chromium, withBrowser } from "../../browser.ts";
import { testWith } from "../../parts.ts";
import { Server } from "../../server.ts";
import { buildPage, draw, openPage, reading } from "./site.ts";

testWith("browser", chromium !== undefined, "serve's page reads what is drawn", async () => {
  await buildPage();
  await using server = await Server.start();
  await withBrowser(async (browser) => {
    await using opened = await openPage(browser, server.url);
    await draw(opened.page, writeDigit(new Random(1), 5, 6), { x: 0.5, y: 0.375, height: 0.45 });
    assertEquals(await reading(opened.page), "5");
    assertEquals(opened.problems, []);
  });
});
