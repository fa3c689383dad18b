import assert from "node:assert/strict";
import { z } from "zod";
import { trainingBatchesOf } from "./detection_options.ts";
import { detectionSettings } from "./settings.ts";

Deno.test("detectionSettings refuses sides and shares that no detector could be trained with", () => {
  const problemsOf = (settings: unknown) =>
    detectionSettings.safeParse(settings).error?.issues
      .map(({ path, message }) => `${path.join(".")}: ${message}`) ?? [];
  assert.deepEqual(problemsOf({}), []);
  assert.deepEqual(
    problemsOf({ images: { longSide: 128, testShortSide: 256, shortSides: [64] } }),
    [
      "images.longSide: expected at least 256, the longest of shortSides and testShortSide",
    ],
  );
  assert.deepEqual(problemsOf({ proposals: { samples: 1 }, regions: { samples: 3 } }), [
    "proposals.samples: expected at least 2: of 1 samples, a share of 0.5 is no object",
    "regions.samples: expected at least 4: of 3 samples, a share of 0.25 is no object",
  ]);
  assert.deepEqual(problemsOf({ proposals: { negativeIou: 0.9 } }), [
    "proposals.negativeIou: expected at most positiveIou, 0.7",
  ]);
  // They can still be listed, key by key.
  assert(detectionSettings.shape.images instanceof z.ZodPrefault);
});

Deno.test("trainingBatchesOf leaves images without objects out where the settings say so", () => {
  const of = (images: unknown) => trainingBatchesOf(detectionSettings.parse({ images }), 0);
  assert.equal(of({}).emptyImages, undefined);
  assert.equal(of({ emptyImages: false }).emptyImages, false);
});
