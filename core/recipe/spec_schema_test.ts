import assert from "node:assert/strict";
import { measureSpecSchema } from "./spec_schema.ts";

Deno.test("measureSpecSchema refuses what no run writes: empty names and no views", () => {
  const spec = { task: "k-nn", data: "emoji", settings: {}, views: 1, splits: ["val"] };
  assert.deepEqual(measureSpecSchema.parse(spec), spec);
  for (const change of [{ task: "" }, { data: "" }, { splits: [""] }, { views: 0 }, { extra: 1 }]) {
    assert.equal(measureSpecSchema.safeParse({ ...spec, ...change }).success, false);
  }
});
