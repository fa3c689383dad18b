import assert from "node:assert/strict";
import { anchorsPerCell, cellAnchors, placeAnchors } from "./anchors.ts";
import fixture from "./testdata/box_primitives.json" with { type: "json" };
import { floats } from "./testdata/numbers.ts";

Deno.test("placeAnchors agrees with torchvision's AnchorGenerator, rounding and strides included", () => {
  for (const { sizes, ratios, image, grids, count, some } of fixture.anchors) {
    const size = ([height, width]: number[]) => ({ height: height!, width: width! });
    const settings = { sizes, aspectRatios: ratios };
    const anchors = placeAnchors(settings, grids.map(size), size(image));
    assert.equal(anchors.length, 4 * count);
    assert.deepEqual(
      anchors.filter((_, at) => (at >> 2) % 7 === 0),
      floats(some),
    );
  }
});

Deno.test("cellAnchors rounds halves to even", () => {
  assert.deepEqual(cellAnchors([5, 7], [1]), Float32Array.of(-2, -2, 2, 2, -4, -4, 4, 4));
});

Deno.test("placeAnchors wants sizes for every level", () => {
  const settings = { sizes: [[8], [16, 20]], aspectRatios: [0.5, 1, 2] };
  assert.equal(anchorsPerCell(settings, 1), 6);
  const image = { height: 8, width: 8 };
  assert.throws(() => placeAnchors(settings, [image], image), /sizes for 1 feature levels, got 2/);
});
