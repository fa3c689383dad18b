/**
 * Compares Mask R-CNN on ResNet-18 at full size with torchvision's, from the same weights: detections
 * on 20 scenes, and losses and gradients of a training step with the same sampled targets.
 *
 *     deno run -A tasks/detection/testdata/compare_torchvision.ts PYTHON
 *
 * PYTHON has torch 2.0 and torchvision 0.15. Fails beyond the limits: boxes 0.01 pixel, scores 1e-4, masks
 * of IoU 0.99 pasted at the same box, losses 1e-4, gradients' cosine 0.9999.
 *
 * @module
 */

import { join } from "node:path";
import { detectionParity } from "./detection_parity.ts";
import { stepParity } from "./step_parity.ts";
import { readReference } from "./torchvision_reference.ts";

const maker = new URL("./make_mask_rcnn.py", import.meta.url);
const limits = { boxes: 1e-2, scores: 1e-4, masks: 0.99, losses: 1e-4, cosine: 0.9999 };

/** Runs torchvision. */
async function makeReference(python: string, path: string): Promise<void> {
  const { success } = await new Deno.Command(python, {
    args: [maker.pathname, path, "--full", "--scenes", "20"],
  }).spawn().status;
  if (!success) throw new Error(`${python} failed`);
}

/** Prints the numbers; whether they are within the limits. */
async function compare(path: string): Promise<boolean> {
  const reference = await readReference(path);
  let good = true;
  const check = (name: string, value: number, fits: boolean) => {
    good &&= fits;
    console.log(`${fits ? "ok  " : "FAIL"} ${name}: ${value.toExponential(2)}`);
  };
  for (const layout of ["chwn", "nchw"] as const) {
    const scenes = await detectionParity(reference, layout);
    const total = (of: (scene: typeof scenes[number]) => number) =>
      scenes.reduce((sum, scene) => sum + of(scene), 0);
    const worst = (of: (scene: typeof scenes[number]) => number) => Math.max(...scenes.map(of));
    const expected = total(({ expected }) => expected), found = total(({ found }) => found);
    console.log(`${layout}: ${found} of ${expected} detections in ${scenes.length} scenes`);
    check("detections missed", expected - found, found === expected);
    check("detections in excess", total(({ surplus }) => surplus), total((s) => s.surplus) === 0);
    const boxes = worst((scene) => scene.boxes), scores = worst((scene) => scene.scores);
    const masks = Math.min(...scenes.map((scene) => scene.masks));
    check("largest difference of boxes, pixels", boxes, boxes < limits.boxes);
    check("largest difference of scores", scores, scores < limits.scores);
    check("least IoU of masks, torchvision's pasted at our boxes", masks, masks > limits.masks);
    const pasted = total((scene) => scene.pasted);
    check("pixels that our pasting of torchvision's masks gets wrong", pasted, pasted === 0);
    // torchvision differs from itself so: see compare_pasting.py.
    console.log(`     masks whose box crosses a whole pixel: ${total((scene) => scene.moved)}`);
    const step = await stepParity(reference, layout);
    for (const [name, [own, theirs]] of Object.entries(step.losses)) {
      const difference = Math.abs(own - theirs);
      check(`${name} (${theirs.toFixed(4)}), difference`, difference, difference < limits.losses);
    }
    const [name, least] = Object.entries(step.gradients).toSorted(([, a], [, b]) =>
      a.cosine - b.cosine
    )[0]!;
    check(
      `least cosine of ${Object.keys(step.gradients).length} gradients, 1 − cosine of ${name}`,
      1 - least.cosine,
      least.cosine > limits.cosine,
    );
    check(
      "parameters with a gradient on one side only",
      step.unmatched.length,
      step.unmatched.length === 0,
    );
  }
  return good;
}

const [python, known] = Deno.args;
if (!python) {
  console.error("expected the Python that has torch and torchvision");
  Deno.exit(2);
}
const folder = await Deno.makeTempDir();
try {
  const path = known ?? join(folder, "mask_rcnn.safetensors");
  if (!known) await makeReference(python, path);
  if (!await compare(path)) Deno.exit(1);
} finally {
  await Deno.remove(folder, { recursive: true });
}
