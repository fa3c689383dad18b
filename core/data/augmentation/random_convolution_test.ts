import assert from "node:assert/strict";
import { RandomStream } from "../../random.ts";
import { countKernels, drawRandomConvolutions, kernelNumbers } from "./random_convolution.ts";

/** Kernels of many draws, one list of 81 weights each. */
function drawMany(draws: number, share: number): Float32Array[] {
  return Array.from({ length: draws }, (_, draw) => {
    const output = new Float32Array(8 * kernelNumbers).fill(9);
    drawRandomConvolutions(new RandomStream(1, draw), share, output);
    return Array.from(
      { length: 8 },
      (_, kernel) => output.slice(kernel * kernelNumbers, (kernel + 1) * kernelNumbers),
    );
  }).flat();
}

/** The kernel that leaves pixels as they are. */
function identityKernel(): Float32Array {
  const kernel = new Float32Array(kernelNumbers);
  for (let channel = 0; channel < 3; channel++) kernel[channel * 27 + channel * 9 + 4] = 1;
  return kernel;
}

Deno.test("drawRandomConvolutions() changes a share of the kernels, mixing the identity with noise", () => {
  const kernels = drawMany(250, 0.5), identity = identityKernel().join();
  const changed = kernels.filter((kernel) => kernel.join() !== identity);
  // Five standard deviations of 2,000 and of 1,000 draws.
  assert.ok(Math.abs(changed.length / kernels.length - 0.5) < 0.056);
  const onePixel = changed.filter((kernel) =>
    kernel.every((weight, index) => index % 9 === 4 || weight === 0)
  );
  assert.ok(Math.abs(onePixel.length / changed.length - 0.4) < 0.08);
  // E[α] = ½ on the diagonal's centre; E[(1 − α)²] = ⅓ of W's variance elsewhere.
  const centre = changed.reduce((sum, kernel) => sum + kernel[4]!, 0) / changed.length;
  assert.ok(Math.abs(centre - 0.5) < 0.06, `centre ${centre}`);
  const wide = changed.filter((kernel) => !onePixel.includes(kernel));
  const offCentre = wide.flatMap((kernel) => [...kernel].filter((_, index) => index % 9 !== 4));
  const variance = offCentre.reduce((sum, weight) => sum + weight ** 2, 0) / offCentre.length;
  assert.ok(Math.abs(variance * 27 * 3 - 1) < 0.25, `variance ${variance}`);
});

Deno.test("drawRandomConvolutions() changes none or all where the share says so", () => {
  const identity = identityKernel().join();
  assert.ok(drawMany(20, 0).every((kernel) => kernel.join() === identity));
  assert.ok(drawMany(20, 1).every((kernel) => kernel.join() !== identity));
});

Deno.test("drawRandomConvolutions() is decided by its stream", () => {
  assert.deepEqual(drawMany(3, 0.5), drawMany(3, 0.5));
  assert.notDeepEqual(drawMany(2, 1)[0], drawMany(2, 1)[8]);
});

Deno.test("countKernels() divides the batch, into at most 8 parts", () => {
  for (
    const [images, kernels] of [[64, 8], [128, 8], [60, 6], [7, 7], [11, 1], [9, 3], [2, 2], [1, 1]]
  ) {
    assert.equal(countKernels(images!), kernels, `${images} images`);
  }
});
