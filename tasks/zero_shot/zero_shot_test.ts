import assert from "node:assert/strict";
import { ConfigError } from "../../core/errors.ts";
import { templateSets } from "../../core/text/templates.ts";
import { toyContext, type ToyOptions } from "../testdata/toy_task.ts";
import { zeroShot } from "./zero_shot.ts";

/** Texts about an owl point right, about a fox up; the length of a vector must not matter. */
function encodeText(texts: readonly string[]): Promise<Float32Array> {
  return Promise.resolve(
    Float32Array.from(texts.flatMap((text) => text.includes("owl") ? [5, 0] : [0, 0.1])),
  );
}

const toy: ToyOptions = {
  classNames: ["owl", "fox"],
  labels: { val: [0, 1, 1], ood: [0] },
  viewsPerSample: 2,
  rows: {
    // owl: both right; fox: one right; fox: both wrong.
    val: [[1, 0], [0.8, 0.6], [0.6, 0.8], [0.8, -0.6], [1, 0], [0.8, 0.6]],
    ood: [[0.6, 0.8], [1, 0]],
  },
  options: { templates: "emoji" },
  encodeText,
};

Deno.test("zeroShot takes the class whose text embedding is nearest", async () => {
  const { context, log } = toyContext(toy);
  const outcome = await zeroShot.run(context);
  assert.deepEqual(outcome, {
    column: "toy-column",
    task: "zero-shot",
    taskVersion: zeroShot.version,
    metric: "top1",
    unit: "%",
    splits: {
      val: { sampleIds: ["val/0", "val/1", "val/2"], hits: [1, 0.5, 0] },
      ood: { sampleIds: ["ood/0"], hits: [0.5] },
    },
  });
  assert.deepEqual(log.progress, [[1, 2], [2, 2]]);
});

Deno.test("zeroShot asks the text encoder for the dataset's names in the recipe's templates", async () => {
  for (const templates of ["emoji", "name", "imagenet-80"] as const) {
    const asked: string[] = [];
    const { context } = toyContext({
      ...toy,
      options: { templates },
      encodeText: (texts) => {
        asked.push(...texts);
        return encodeText(texts);
      },
    });
    await zeroShot.run(context);
    const wanted = toy.classNames.flatMap((name) =>
      templateSets[templates].map((template) => template.replaceAll("{}", name))
    );
    assert.deepEqual(asked, wanted);
  }
});

Deno.test("zeroShot refuses a model without a text encoder", async () => {
  const { encodeText: _, ...withoutText } = toy;
  const { context } = toyContext(withoutText);
  await assert.rejects(zeroShot.run(context), (error) => {
    assert(error instanceof ConfigError);
    assert.match(error.message, /toy model/);
    assert.match(error.message, /text encoder/);
    return true;
  });
});

Deno.test("zeroShot plans its images and no training", async () => {
  const { context } = toyContext(toy);
  assert.deepEqual(await zeroShot.plan(context), { steps: 0, images: 8 });
  assert.deepEqual(zeroShot.classNames(context.dataset), ["owl", "fox"]);
});
