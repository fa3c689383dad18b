import assert from "node:assert/strict";
import { stageParameters } from "./frozen_stages.ts";
import { resnet18 } from "../../students/resnet18.ts";

Deno.test("stageParameters() names what C2 to C5 of a ResNet are made of", () => {
  const backbone = {
    headName: "fc",
    headDropout: 0,
    preprocess: resnet18.preprocess,
    features: (context: Parameters<typeof resnet18.build>[0], images: never) =>
      resnet18.build(context, images, { imageSize: 64 }),
  };
  const named = (stages: number) => [
    ...new Set(
      [...stageParameters(backbone, { imageSize: 64, stages })].map((name) => name.split(".")[0]),
    ),
  ];
  assert.deepEqual(named(0), []);
  assert.deepEqual(named(1), ["conv1", "bn1", "layer1"]);
  assert.deepEqual(named(2), ["conv1", "bn1", "layer1", "layer2"]);
  assert.deepEqual(named(4), ["conv1", "bn1", "layer1", "layer2", "layer3", "layer4"]);
});
