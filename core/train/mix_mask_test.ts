import assert from "node:assert/strict";
import { drawMixMask } from "./mix_mask.ts";

Deno.test("drawMixMask() draws one rectangle a step, by the seed, of half the image on average", () => {
  const side = 16, steps = 2000;
  const draw = (seed: number, step: number) => {
    const mask = new Uint8Array(side * side).fill(7);
    drawMixMask(mask, side, { seed, step });
    return mask;
  };
  assert.deepEqual(draw(1, 5), draw(1, 5));
  assert.notDeepEqual(draw(1, 5), draw(1, 6));
  assert.notDeepEqual(draw(1, 5), draw(2, 5));
  let total = 0;
  for (let step = 0; step < steps; step++) {
    const mask = draw(3, step);
    const inside = [...mask.keys()].filter((pixel) => mask[pixel] === 1);
    assert(mask.every((value) => value === 0 || value === 1));
    const rows = inside.map((pixel) => Math.floor(pixel / side));
    const columns = inside.map((pixel) => pixel % side);
    const span = (values: number[]) => Math.max(...values) - Math.min(...values) + 1;
    // All the pixels between the outermost ones: a rectangle.
    if (inside.length > 0) assert.equal(inside.length, span(rows) * span(columns));
    total += inside.length / side ** 2;
  }
  // E[1 − λ] = 1/2; what is beyond the border is lost: 0.284 by the same definition in NumPy.
  assert(Math.abs(total / steps - 0.284) < 0.02, `${total / steps}`);
});
