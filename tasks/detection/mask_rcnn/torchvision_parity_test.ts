import assert from "node:assert/strict";
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
