import assert from "node:assert/strict";
import { ConfigError } from "../core/errors.ts";
import { loadRecipe } from "../core/recipe/recipe.ts";
import { loadCatalog } from "./catalog.ts";
import { distillDefaults } from "../core/recipe/default_folder.ts";
import { sizeNames } from "../core/recipe/recipe_schema.ts";
import { resolveRecipe } from "../core/recipe/resolve_recipe.ts";
import {
  defaultTable,
  defaultTrainingData,
  type OwnTraining,
  resolveMeasurement,
  resolveTraining,
} from "./own_settings.ts";

const training: OwnTraining = {
  method: "lgd",
  teacher: "emoji-clip",
  student: "mobilenet_v2",
  data: "emojinet-100",
  text: { task: "zero-shot", data: "emojitech-126" },
};

/** Width and decay that the default table gives at size mini to all students, and to one of them. */
const { protocol } = (await loadRecipe(defaultTable)).sizes.mini;
const { MNv2: one } = protocol["byStudent"] as Record<string, Own>;
const all = protocol["pretrain"] as Own;

interface Own {
  readonly widthMultiplier: number;
  readonly weightDecay?: number;
}

async function pretrainOf(student: string, set: readonly string[] = []) {
  const catalog = await loadCatalog();
  const { pretrain } = await resolveTraining({ ...training, student }, {
    size: "mini",
    set,
    catalog,
  });
  return [pretrain.widthMultiplier, pretrain.weightDecay];
}

Deno.test("resolveTraining takes what the table says of a student before what it says of all", async () => {
  assert.notDeepEqual(one, all);
  assert.deepEqual(await pretrainOf("resnet18"), [all.widthMultiplier, all.weightDecay]);
  assert.deepEqual(await pretrainOf("mobilenet_v2"), [
    one!.widthMultiplier,
    one!.weightDecay ?? all.weightDecay,
  ]);
});

Deno.test("defaultTrainingData() is what the default table's students are trained on at each size", async () => {
  const catalog = await loadCatalog(), recipe = await loadRecipe(defaultTable);
  const found: string[] = [];
  for (const size of sizeNames) {
    const { specs } = resolveRecipe(recipe, { size, catalog });
    found.push(specs.get("rn18-seed")!.data);
    assert.equal(await defaultTrainingData(size), found.at(-1), size);
  }
  assert.deepEqual(found, ["emojinet-100", "emojinet-553", "imagefolder:datasets/imagenet-1k"]);
  assert.equal(await defaultTrainingData(), distillDefaults.data);
  await assert.rejects(defaultTrainingData("large"), /Unknown size "large"/);
});

Deno.test("resolveTraining takes --set before both, for every student", async () => {
  for (const key of ["pretrain.weightDecay", "protocol.pretrain.weightDecay"]) {
    assert.deepEqual(await pretrainOf("mobilenet_v2", [`${key}=0.5`]), [one!.widthMultiplier, 0.5]);
    assert.deepEqual(await pretrainOf("resnet18", [`${key}=0.5`]), [all.widthMultiplier, 0.5]);
  }
});

Deno.test("resolveTraining and resolveMeasurement refuse --set of what has an option, or no effect", async () => {
  const catalog = await loadCatalog();
  const refused = (groups: string) => (error: unknown) =>
    error instanceof ConfigError && error.message.includes(`: expected ${groups}; `);
  for (const setting of ["students.student=resnet18", "lengths.long=3", "evaluation.views=2"]) {
    await assert.rejects(
      resolveTraining(training, { set: [setting], catalog }),
      refused("pretrain.KEY=VALUE or methods.KEY=VALUE or tasks.KEY=VALUE"),
    );
  }
  for (const setting of ["data.data=emojinet-100", "pretrain.weightDecay=0"]) {
    await assert.rejects(
      resolveMeasurement({ task: "k-nn", data: "emojinet-100" }, { set: [setting], catalog }),
      refused("tasks.KEY=VALUE or evaluation.KEY=VALUE"),
    );
  }
});
