import assert from "node:assert/strict";
import { stepCost } from "./step_cost.ts";

const pretrain = { imageSize: 32, widthMultiplier: 0.25, batchSize: 8 };

Deno.test("stepCost() grows with batch, width and the layers of a student", () => {
  const cost = stepCost({ student: "resnet18", pretrain });
  const twice = stepCost({ student: "resnet18", pretrain: { ...pretrain, batchSize: 16 } });
  // Weights in other forms do not grow with the batch.
  assert(twice > 1.2 * cost && twice < 2 * cost, `${twice} after ${cost}`);
  assert(stepCost({ student: "resnet18", pretrain: { ...pretrain, widthMultiplier: 0.5 } }) > cost);
  assert(stepCost({ student: "mobilenet_v2", pretrain }) > cost);
  assert.equal(stepCost({ student: null, pretrain }), 0);
});
