import assert from "node:assert/strict";
import { augmentationRecipes } from "../augmentation/recipes.ts";
import { drawImageView, recipeOfRole } from "./image_views.ts";

const width = 27, height = 22;
const image = {
  width,
  height,
  pixels: Uint8Array.from({ length: width * height * 3 }, (_, index) => index * 37 % 251),
};

Deno.test("drawImageView depends on seed and id only, and fills its part alone", () => {
  const draw = (seed: number, id: string, role: "train" | "test") => {
    const output = new Uint8Array(16 * 16 * 3 + 10).fill(9);
    const target = { imageSize: 16, layout: "pixels", output, offset: 5 } as const;
    drawImageView(image, seed, id, recipeOfRole(role), target);
    assert.deepEqual([...output.subarray(0, 5), ...output.subarray(-5)], Array(10).fill(9));
    return output.join();
  };
  const first = draw(1, "a.png", "train");
  assert.notEqual(draw(2, "a.png", "train"), first);
  assert.notEqual(draw(1, "b.png", "train"), first);
  assert.equal(draw(1, "a.png", "train"), first);
  assert.equal(draw(1, "a.png", "test"), draw(2, "b.png", "test"));
});

Deno.test("drawImageView of a flat image is flat, whatever the shape, the size or the recipe", () => {
  for (const [width, height] of [[640, 64], [31, 200], [9, 9], [3, 700], [1, 1]] as const) {
    const flat = { width, height, pixels: new Uint8Array(width * height * 3).fill(77) };
    for (const imageSize of [8, 33, 96]) {
      for (const name of augmentationRecipes.names()) {
        for (let seed = 0; seed < 3; seed++) {
          const output = new Uint8Array(imageSize * imageSize * 3);
          const target = { imageSize, layout: "planes", output, offset: 0 } as const;
          drawImageView(flat, seed, "x", augmentationRecipes.get(name), target);
          assert.ok(
            output.every((value) => value === output[0]),
            `${width} × ${height} at ${imageSize}, ${name}`,
          );
        }
      }
    }
  }
});
