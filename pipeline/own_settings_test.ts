import assert from "node:assert/strict";
import { loadRecipe } from "../core/recipe/recipe.ts";
import { loadCatalog } from "./catalog.ts";
import { defaultTable, type OwnTraining, resolveTraining } from "./own_settings.ts";

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
  readonly weightDecay: number;
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
  assert.deepEqual(await pretrainOf("mobilenet_v2"), [one!.widthMultiplier, one!.weightDecay]);
});

Deno.test("resolveTraining takes --set before both, for every student", async () => {
  for (const key of ["pretrain.weightDecay", "protocol.pretrain.weightDecay"]) {
    assert.deepEqual(await pretrainOf("mobilenet_v2", [`${key}=0.5`]), [one!.widthMultiplier, 0.5]);
    assert.deepEqual(await pretrainOf("resnet18", [`${key}=0.5`]), [all.widthMultiplier, 0.5]);
  }
});
