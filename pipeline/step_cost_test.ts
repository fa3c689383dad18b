import assert from "node:assert/strict";
import { stepCost } from "./step_cost.ts";

const options = { imageSize: 32, widthMultiplier: 0.25, batchSize: 8 };

Deno.test("stepCost() grows with batch, width and the layers of a student", () => {
  const cost = stepCost({ student: "resnet18", options });
  const twice = stepCost({ student: "resnet18", options: { ...options, batchSize: 16 } });
  // Weights in other forms do not grow with the batch.
  assert(twice > 1.2 * cost && twice < 2 * cost, `${twice} after ${cost}`);
  assert(stepCost({ student: "resnet18", options: { ...options, widthMultiplier: 0.5 } }) > cost);
  assert(stepCost({ student: "mobilenet_v2", options }) > cost);
  assert.equal(stepCost({ student: null, options }), 0);
});
