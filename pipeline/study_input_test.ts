import assert from "node:assert/strict";
import { pretrainSchema } from "../core/recipe/pretrain_settings.ts";
import type { ResolvedRecipe } from "../core/recipe/resolve_recipe.ts";
import type { ModelInfo } from "./stored_model.ts";
import {
  claimsOf,
  costsOf,
  studentImages,
  type StudiedTable,
  teacherImages,
} from "./study_input.ts";

function info(method: string, pretrain: object, more: Partial<ModelInfo> = {}): ModelInfo {
  return {
    spec: {
      method,
      teacher: method === "supervised" ? null : "emoji-clip",
      student: "resnet18",
      data: "emojinet-100",
      text: null,
      epochs: 1,
      pretrain: pretrainSchema.parse({ batchSize: 10, viewsPerImage: 4, ...pretrain }),
      settings: {},
    },
    steps: 30,
    seconds: 12,
    images: { data: "emojinet-100", split: "train", listed: 100, used: 90 },
    ...more,
  } as ModelInfo;
}

Deno.test("teacherImages() counts fixed views once, fresh ones as often as they come", () => {
  assert.equal(teacherImages(info("seed", {})), 90 * 4);
  assert.equal(teacherImages(info("seed", { views: "fresh" })), 30 * 10);
  assert.equal(teacherImages(info("disco", { views: "fresh" })), 30 * 10 * 2);
  assert.equal(teacherImages(info("supervised", {})), 0);
});

Deno.test("studentImages() counts every view of a step", () => {
  assert.equal(studentImages(info("seed", {})), 300);
  assert.equal(studentImages(info("disco", {})), 900, "its momentum copy encodes one view again");
  assert.equal(
    studentImages(info("bingo", {})),
    900,
    "two views and their mix; two more are the teacher's",
  );
});

Deno.test("costsOf() gives the mean seconds over the seeds of each row that was trained", () => {
  const train = (key: string, seed: number) => ({
    id: key,
    train: { id: key, key, seed, rowIds: ["a"], spec: info("seed", {}).spec },
    measures: [],
  });
  const models = new Map([
    ["k0", { info: info("seed", {}) }],
    ["k1", { info: info("seed", {}, { seconds: 18 }) }],
  ]);
  const table = {
    recipe: {
      costs: { rows: { SEED: "a", LGD: "b" }, columns: ["zs"] },
    } as unknown as ResolvedRecipe,
    plan: { models: [train("k0", 0), train("k1", 1)] } as unknown as StudiedTable["plan"],
    stored: { models, outcomes: new Map() } as unknown as StudiedTable["stored"],
  };
  assert.deepEqual(costsOf(table), {
    costs: {
      columns: ["zs"],
      rows: [{
        row: "a",
        label: "SEED",
        steps: 30,
        studentImages: 300,
        teacherImages: 360,
        seconds: 15,
      }],
    },
  });
  assert.deepEqual(costsOf({ ...table, recipe: {} as ResolvedRecipe }), {});
});

Deno.test("claimsOf() takes the size of an effect from printed numbers alone", () => {
  const claim = { id: "c", claim: "Better", comparisons: ["x"] };
  const effect = { base: "seed", other: "lgd", column: "zs" };
  const effects = (paper: StudiedTable["paper"]) =>
    claimsOf({
      recipe: { claims: [claim, { ...claim, effect }] } as unknown as ResolvedRecipe,
      paper,
    }).map(({ effect }) => effect);
  assert.deepEqual(effects({ seed: { zs: 44.5 }, lgd: { zs: 40 } }), [null, 4.5]);
  assert.deepEqual(effects({ seed: { zs: null }, lgd: { zs: 40 } }), [null, null]);
  assert.deepEqual(effects({}), [null, null]);
});
