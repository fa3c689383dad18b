import assert from "node:assert/strict";
import { loadRecipe } from "../core/recipe/recipe.ts";
import { resolveRecipe } from "../core/recipe/resolve_recipe.ts";
import { loadCatalog } from "./catalog.ts";
import { openTable } from "./open_table.ts";

Deno.test("table5 asks for the students of table2 and table3, and trains those alone whose texts are its own classes", async () => {
  const store = await Deno.makeTempDir();
  try {
    const open = (table: string) => openTable({ table, store });
    const known = new Set((await open("table2")).plan.models.map(({ train }) => train?.key));
    const others = (await open("table3")).plan.models.filter(({ id }) => /random|super/.test(id));
    for (const { train } of others) known.add(train?.key);
    const { plan } = await open("table5");
    const own = plan.models.filter(({ train }) => !known.has(train?.key)).map(({ id }) => id);
    assert.deepEqual(own, [
      "rn18-lgd-text-cityscapes.seed0",
      "rn18-lgd-text-ade20k.seed0",
      "mnv2-lgd-text-cityscapes.seed0",
      "mnv2-lgd-text-ade20k.seed0",
    ]);
    const measures = new Map(plan.models.map(({ id, measures }) => [id, measures.length]));
    // mIoU and accuracy of a data set come from one segmenter.
    assert.equal(measures.get("rn18-lgd.seed0"), 4);
    assert.equal(measures.get("rn18-random.seed0"), 2);
    assert.equal(measures.get("clip-rn50.seed0"), 2);
  } finally {
    await Deno.remove(store, { recursive: true });
  }
});

Deno.test("table5 at paper has mmsegmentation's schedules of both data sets", async () => {
  const recipe = resolveRecipe(await loadRecipe("table5"), {
    size: "paper",
    catalog: await loadCatalog(),
  });
  const settings = (column: string) =>
    recipe.columns.find(({ id }) => id === column)!.settings as {
      images: Record<string, unknown>;
      training: Record<string, unknown>;
      inference: Record<string, unknown>;
    };
  const { images, training } = settings("miou_cityscapes");
  assert.deepEqual(images, {
    resize: null,
    scales: [0.5, 2],
    crop: { height: 512, width: 1024 },
    maximumClassShare: 0.75,
    flip: 0.5,
    photometric: true,
  });
  const { batchSize, steps, learningRate, minimumRate, power, momentum, weightDecay } = training;
  assert.deepEqual(
    [batchSize, steps, learningRate, minimumRate, power, momentum, weightDecay],
    [8, 80_000, 0.01, 1e-4, 0.9, 0.9, 5e-4],
  );
  for (const column of ["miou_ade20k", "accuracy_ade20k"]) {
    const ade20k = settings(column);
    assert.deepEqual(ade20k.images["resize"], { height: 512, width: 2048 });
    assert.deepEqual(ade20k.images["crop"], { height: 512, width: 512 });
    assert.deepEqual([ade20k.training["batchSize"], ade20k.training["steps"]], [16, 160_000]);
    assert.equal(ade20k.training["learningRate"], 0.01);
    assert.deepEqual(ade20k.inference["resize"], { height: 512, width: 2048 });
  }
});
