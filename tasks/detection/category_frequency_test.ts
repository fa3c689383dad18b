import assert from "node:assert/strict";
import { getDataset } from "../../core/data/registry.ts";
import type { InstancesAnnotation } from "../../core/data/annotation.ts";
import type { Dataset } from "../../core/data/dataset.ts";
import { categoryFrequencies, frequencyOf } from "./category_frequency.ts";

Deno.test("frequencyOf() divides as LVIS does", () => {
  assert.deepEqual([0, 10, 11, 100, 101].map(frequencyOf), [
    "rare",
    "rare",
    "common",
    "common",
    "frequent",
  ]);
});

Deno.test("categoryFrequencies() counts training images, or takes what the data set says", async () => {
  const scenes = await getDataset<InstancesAnnotation>("emojicoco-31");
  const own: Dataset<InstancesAnnotation> = Object.create(scenes, {
    categoryFrequency: { value: undefined },
    imageCategories: { value: (_: string, index: number) => Uint32Array.of(index % 31, 0) },
  });
  const counted = await categoryFrequencies(own);
  assert.equal(counted[0], "frequent");
  assert.equal(counted[30], "common");
  const said = scenes.classNames.map(() => "rare" as const);
  assert.equal(await categoryFrequencies({ ...own, categoryFrequency: said }), said);
});
