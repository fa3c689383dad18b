import assert from "node:assert/strict";
import { traceModel } from "../../../core/nn/module_context.ts";
import { featureShape } from "../../../core/nn/layout.ts";
import { featurePyramid } from "./pyramid.ts";

const layouts = ["nchw", "chwn"] as const;

for (const layout of layouts) {
  Deno.test(`featurePyramid() in ${layout} has one level for each map and the pooled one`, () => {
    // Sizes that do not double: each level is upsampled to the one below.
    const sizes = [[25, 38], [13, 19], [7, 10]] as const;
    let shapes: (readonly number[])[] = [];
    const { parameters } = traceModel({ layout, mode: "train" }, (context) => {
      const maps = sizes.map(([height, width], index) =>
        context.graph.input(
          `c${index}`,
          "float32",
          featureShape(layout, { batch: 2, channels: 4 * 2 ** index, height, width }),
        )
      );
      shapes = featurePyramid(context.scope("backbone."), maps, { channels: 6, poolLevel: true })
        .map(({ shape }) => shape);
    });
    const expected = [...sizes, [4, 5] as const].map(([height, width]) =>
      featureShape(layout, { batch: 2, channels: 6, height, width })
    );
    assert.deepEqual(shapes, expected);
    assert.deepEqual(
      parameters.filter(({ name }) => name.endsWith("weight")).map((
        { name, shape },
      ) => [name, shape]),
      [
        ["backbone.fpn.inner_blocks.0.0.weight", [6, 4, 1, 1]],
        ["backbone.fpn.inner_blocks.1.0.weight", [6, 8, 1, 1]],
        ["backbone.fpn.inner_blocks.2.0.weight", [6, 16, 1, 1]],
        ["backbone.fpn.layer_blocks.0.0.weight", [6, 6, 3, 3]],
        ["backbone.fpn.layer_blocks.1.0.weight", [6, 6, 3, 3]],
        ["backbone.fpn.layer_blocks.2.0.weight", [6, 6, 3, 3]],
      ],
    );
  });
}
