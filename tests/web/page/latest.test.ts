import { assertEquals } from "@std/assert";
import { latest } from "../../../lib/web/page/latest.ts";

Deno.test("latest() does one thing at a time, and of those that wait only the last", async () => {
  const begun: number[] = [];
  const ends: (() => void)[] = [];
  let idle = 0;
  const ask = latest((n: number) => {
    begun.push(n);
    return new Promise<void>((end) => ends.push(end));
  }, () => idle++);
  const turn = () => new Promise((resolve) => setTimeout(resolve));

  ask(1);
  ask(2);
  ask(3);
  await turn();
  assertEquals(begun, [1]);
  ends[0]();
  await turn();
  assertEquals([begun, idle], [[1, 3], 0]);
  ends[1]();
  await turn();
  assertEquals([begun, idle], [[1, 3], 1]);
  ask(4);
  ends[2]();
  await turn();
  assertEquals([begun, idle], [[1, 3, 4], 2]);
});
