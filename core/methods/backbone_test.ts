import assert from "node:assert/strict";
import { students } from "../../students/registry.ts";
import { backboneOf } from "../../students/testdata/parity_step.ts";
import { backboneLevels } from "./backbone.ts";

Deno.test("backboneLevels() gives channels and strides of C2 to C5", () => {
  const standard = backboneOf(students.get("resnet50"), { imageSize: 224, widthMultiplier: 1 });
  assert.deepEqual(backboneLevels(standard, 224), [
    { name: "c2", channels: 256, stride: 4 },
    { name: "c3", channels: 512, stride: 8 },
    { name: "c4", channels: 1024, stride: 16 },
    { name: "c5", channels: 2048, stride: 32 },
  ]);
  const small = backboneOf(students.get("resnet18"), { imageSize: 32, widthMultiplier: 0.5 });
  assert.deepEqual(backboneLevels(small, 32).map(({ stride }) => stride), [2, 4, 8, 16]);
});
