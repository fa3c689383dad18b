import assert from "node:assert/strict";
import { ConfigError } from "../../core/errors.ts";
import { templateSets } from "../../core/text/templates.ts";
import { rightOf, runToy, toyCost, toyDataset, type ToyOptions } from "../testdata/toy_task.ts";
import { zeroShot, zeroShotSettings } from "./zero_shot.ts";

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
  settings: { templates: "emoji" },
  encodeText,
};

Deno.test("zeroShot takes the class whose text embedding is nearest", async () => {
  const { evidence, log } = await runToy(zeroShot, toy);
  assert.deepEqual(evidence["val"]!.sampleIds, ["val/0", "val/1", "val/2"]);
  assert.deepEqual(rightOf(evidence["val"]!), [2, 1, 0]);
  assert.deepEqual(evidence["ood"]!.sampleIds, ["ood/0"]);
  assert.deepEqual(rightOf(evidence["ood"]!), [1]);
  assert.deepEqual(log.progress, [["test", 1, 2], ["test", 2, 2]]);
});

Deno.test("zeroShot asks the text encoder for the dataset's names in the recipe's templates", async () => {
  for (const templates of ["emoji", "name", "imagenet-80"] as const) {
    const asked: string[] = [];
    await runToy(zeroShot, {
      ...toy,
      settings: { templates },
      encodeText: (texts) => {
        asked.push(...texts);
        return encodeText(texts);
      },
    });
    const wanted = toy.classNames.flatMap((name) =>
      templateSets[templates].map((template) => template.replaceAll("{}", name))
    );
    assert.deepEqual(asked, wanted);
    assert.deepEqual(zeroShot.templates({ templates }), templateSets[templates]);
  }
  assert.equal(zeroShotSettings.parse({}).templates, "imagenet-80");
});

Deno.test("zeroShot refuses a model without a text encoder", async () => {
  const { encodeText: _, ...withoutText } = toy;
  await assert.rejects(runToy(zeroShot, withoutText), (error) => {
    assert(error instanceof ConfigError);
    assert.match(error.message, /toy model/);
    assert.match(error.message, /text encoder/);
    return true;
  });
});

Deno.test("zeroShot refuses embeddings of another length than the texts'", async () => {
  for (const length of [1, 3]) {
    const wrong = {
      ...toy,
      encodeText: (texts: readonly string[]) =>
        Promise.resolve(new Float32Array(texts.length * length).fill(1)),
    };
    await assert.rejects(runToy(zeroShot, wrong), (error) => {
      assert(error instanceof ConfigError);
      assert.match(
        error.message,
        new RegExp(`toy model: its embeddings have 2 .* texts ${length}:`),
      );
      return true;
    });
  }
});

Deno.test("zeroShot plans its images and no training", async () => {
  assert.deepEqual(await toyCost(zeroShot, toy, 10), { images: 8, steps: 0, macs: 80 });
  assert.deepEqual(zeroShot.classNames(toyDataset(toy)), ["owl", "fox"]);
});
