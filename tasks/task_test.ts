import assert from "node:assert/strict";
import type { ViewSet } from "../core/data/dataset.ts";
import { ConfigError } from "../core/errors.ts";
import { tasks } from "./registry.ts";
import { argMax, hitsPerSample } from "./task.ts";

Deno.test("hitsPerSample() is the share of each sample's views that are right", () => {
  const views: ViewSet = {
    samples: [{ id: "a", label: 0 }, { id: "b", label: 1 }, { id: "c", label: 0 }],
    viewsPerSample: 4,
    imageSize: 8,
    pixels: new Uint8Array(0),
    hash: "",
    skipped: [],
  };
  const asked: number[] = [];
  const hits = hitsPerSample(views, (view) => {
    asked.push(view);
    return view < 4 || view === 6;
  });
  assert.deepEqual(hits, [1, 0.25, 0]);
  assert.deepEqual(asked, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
});

Deno.test("argMax() finds the first largest element of a row", () => {
  const values = [9, 1, 3, 3, 2, 9];
  assert.equal(argMax(values, 1, 4), 1);
  assert.equal(argMax(values, 0, 6), 0);
  assert.equal(argMax([-3, -2, -Infinity], 0, 3), 1);
});

Deno.test("the registry of tasks knows each by its name and suggests near ones", () => {
  for (const name of tasks.names()) assert.equal(tasks.get(name).name, name);
  assert(tasks.names().includes("zero-shot") && tasks.names().includes("linear-probe"));
  assert.throws(
    () => tasks.get("zeroshot"),
    (error) => error instanceof ConfigError && /Did you mean "zero-shot"/.test(error.message),
  );
});
