import assert from "node:assert/strict";
import { pretrainSchema } from "../core/recipe/pretrain_settings.ts";
import { studentSpecs } from "../core/methods/student_inference.ts";
import { initializeFlat, namedParts } from "../core/nn/parameters.ts";
import { decodeStudentFile } from "./student_file.ts";
import { trainModel } from "./train_model.ts";

Deno.test("the method random gives the initial weights of the seed, without a step", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const spec = {
      method: "random",
      teacher: null,
      student: "resnet18",
      data: "emojinet-100",
      text: null,
      epochs: 0,
      pretrain: pretrainSchema.parse({ imageSize: 32, widthMultiplier: 0.125 }),
      settings: {},
    };
    const job = { id: "random.seed5", key: "0".repeat(64), spec, seed: 5, rowIds: ["random"] };
    const { info, student } = await trainModel(job, { teacher: null, folder, threads: 1 });
    const file = decodeStudentFile(student, "student");
    assert.deepEqual([info.steps, file.steps, file.head, file.teacher], [0, 0, null, null]);
    const specs = studentSpecs({ imageSize: 32, backbone: file.backbone });
    const fresh = namedParts(initializeFlat(specs, 5), specs);
    for (const [name, { data }] of fresh) {
      assert.deepEqual(file.weights.get(name)!.data, data, name);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
