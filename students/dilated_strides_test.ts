import assert from "node:assert/strict";
import type { FeatureOptions } from "../core/methods/backbone.ts";
import { traceModel } from "../core/nn/module_context.ts";
import { DilatedStrides } from "./dilated_strides.ts";
import { students } from "./registry.ts";

function walk(options: FeatureOptions, blocks: readonly number[]): string[] {
  const strides = new DilatedStrides(options, 4);
  return blocks.map((block) => {
    const { stride, dilation } = strides.next(block);
    return `${stride}/${dilation}`;
  });
}

const blocks = [1, 1, 2, 1, 2, 1, 2, 1];

Deno.test("DilatedStrides leaves all strides without an output stride", () => {
  const plain = ["1/1", "1/1", "2/1", "1/1", "2/1", "1/1", "2/1", "1/1"];
  assert.deepEqual(walk({}, blocks), plain);
  assert.deepEqual(walk({ outputStride: 32 }, blocks), plain);
});

Deno.test("DilatedStrides dilates the blocks after a stride that it leaves out", () => {
  assert.deepEqual(
    walk({ outputStride: 8 }, blocks),
    ["1/1", "1/1", "2/1", "1/1", "1/1", "1/2", "1/2", "1/4"],
  );
  assert.deepEqual(
    walk({ outputStride: 8, firstDilation: "own" }, blocks),
    ["1/1", "1/1", "2/1", "1/1", "1/2", "1/2", "1/4", "1/4"],
  );
});

Deno.test("DilatedStrides refuses an output stride that is no whole number from 1", () => {
  for (const outputStride of [0, -8, 1.5, NaN]) {
    assert.throws(() => new DilatedStrides({ outputStride }, 4), /output stride .* whole number/);
  }
});

for (const name of students.names()) {
  Deno.test(`${name} keeps its parameters and has larger maps with an output stride`, () => {
    const trace = (options: FeatureOptions) => {
      let sizes: (number | undefined)[] = [];
      const { parameters } = traceModel({ layout: "nchw", mode: "train" }, (context) => {
        const images = context.graph.input("images", "float32", [2, 3, 96, 64]);
        const { c2, c3, c4, c5 } = students.get(name).build(context, images, {
          imageSize: 64,
          stem: "standard",
          widthMultiplier: 0.25,
          ...options,
        });
        sizes = [c2, c3, c4, c5].map(({ shape }) => shape[2]);
      });
      return { sizes, parameters: parameters.map(({ name, shape }) => `${name} ${shape.join()}`) };
    };
    const plain = trace({});
    assert.deepEqual(plain.sizes, [24, 12, 6, 3]);
    assert.deepEqual(trace({ outputStride: 16 }), { ...plain, sizes: [24, 12, 6, 6] });
    assert.deepEqual(trace({ outputStride: 8 }), { ...plain, sizes: [24, 12, 12, 12] });
  });
}
