import assert from "node:assert/strict";
import { explainIssues } from "../../core/explain_schema.ts";
import { segmentationSettings } from "./settings.ts";

/** What is wrong with settings, a line each. */
function problems(value: unknown): string[] {
  const parsed = segmentationSettings.safeParse(value);
  return parsed.success ? [] : explainIssues(parsed.error, { schema: segmentationSettings, value });
}

Deno.test("segmentationSettings keep the default of the side that is not changed", () => {
  const { inference, images } = segmentationSettings.parse({
    inference: { mode: "slide", stride: { height: 200 }, crop: { width: 900 } },
    images: { crop: { height: 64 } },
  });
  assert.deepEqual(inference.stride, { height: 200, width: 683 });
  assert.deepEqual(inference.crop, { height: 512, width: 900 });
  assert.deepEqual(images.crop, { height: 64, width: 1024 });
  const defaults = segmentationSettings.parse({});
  assert.deepEqual(defaults.images.crop, { height: 512, width: 1024 });
  assert.deepEqual(defaults.inference.stride, { height: 341, width: 683 });
});

Deno.test("segmentationSettings refuse strides that no student has, and rates that rise", () => {
  assert.match(
    problems({ head: { outputStride: 3 } }).join(),
    /head.outputStride: expected a power of two: 1, 2, 4, 8, 16, 32 or 64; got 3|power of two/,
  );
  assert.deepEqual(problems({ head: { outputStride: 32 } }), []);
  assert.match(
    problems({ training: { learningRate: 0.01, minimumRate: 5 } }).join(),
    /training.minimumRate: expected at most the learning rate, 0.01, got 5/,
  );
  assert.match(
    problems({ inference: { mode: "slide", stride: { height: 600 } } }).join(),
    /stride: expected at most the size of the windows/,
  );
});
