import assert from "node:assert/strict";
import { collectGarbage } from "./collect_garbage.ts";

Deno.test("collectGarbage frees what nobody holds", async () => {
  let freed = false;
  const registry = new FinalizationRegistry(() => freed = true);
  (() => registry.register({ large: new Array(1000).fill(0) }, ""))();
  for (let turn = 0; turn < 50 && !freed; turn++) {
    collectGarbage();
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  assert.ok(freed);
});
