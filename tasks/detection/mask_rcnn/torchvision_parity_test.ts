import assert from "node:assert/strict";
import { detectionParity } from "../testdata/detection_parity.ts";
import { stepParity } from "../testdata/step_parity.ts";
import { readReference } from "../testdata/torchvision_reference.ts";

const reference = await readReference(
  new URL("../testdata/mask_rcnn.safetensors", import.meta.url),
);

for (const layout of ["chwn", "nchw"] as const) {
  Deno.test(`buildDetectorStep() in ${layout} gives torchvision's losses and gradients of the same targets`, async () => {
    const { losses, gradients, unmatched } = await stepParity(reference, layout);
    for (const [name, [own, expected]] of Object.entries(losses)) {
      assert(Math.abs(own - expected) < 1e-4, `${name}: ${own}, not ${expected}`);
    }
    assert.deepEqual(unmatched, []);
    assert.equal(Object.keys(gradients).length, reference.gradients.size);
    for (const [name, { cosine, norm }] of Object.entries(gradients)) {
      assert(
        cosine > 0.9999 && Math.abs(norm - 1) < 1e-3,
        `${name}: cosine ${cosine}, norm × ${norm}`,
      );
    }
  });
}

for (const layout of ["chwn", "nchw"] as const) {
  Deno.test(`Detector in ${layout} finds what torchvision finds`, async () => {
    const scenes = await detectionParity(reference, layout);
    scenes.forEach((scene, index) => {
      assert(scene.expected > 5, "the fixture has detections");
      assert.equal(scene.found, scene.expected, `scene ${index}`);
      assert.equal(scene.surplus, 0, `scene ${index}`);
      assert(scene.boxes < 1e-2, `scene ${index}: boxes differ by ${scene.boxes} pixels`);
      assert(scene.scores < 1e-4, `scene ${index}: scores differ by ${scene.scores}`);
      assert.equal(scene.moved, 0);
      assert(scene.masks > 0.99, `scene ${index}: masks have IoU ${scene.masks}`);
    });
  });
}
