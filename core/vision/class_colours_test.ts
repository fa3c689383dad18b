import assert from "node:assert/strict";
import { classColours } from "./class_colours.ts";

Deno.test("classColours() are Cityscapes' where all classes are, else Pascal VOC's", () => {
  assert.deepEqual(classColours(["sky", "road"]), [[70, 130, 180], [128, 64, 128]]);
  // The colour map of the VOC development kit from its entry 1, aeroplane, on.
  assert.deepEqual(classColours(["sky", "road", "toString", "a", "b", "c", "d", "e", "f"]), [
    [128, 0, 0],
    [0, 128, 0],
    [128, 128, 0],
    [0, 0, 128],
    [128, 0, 128],
    [0, 128, 128],
    [128, 128, 128],
    [64, 0, 0],
    [192, 0, 0],
  ]);
  const all = classColours(Array.from({ length: 255 }, (_, index) => `class ${index}`));
  assert.equal(new Set(all.map(String)).size, 255);
});
