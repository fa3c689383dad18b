import assert from "node:assert/strict";
import { floatTensor, Session } from "../engine/session.ts";
import { Graph } from "../onnx/graph.ts";
import { RandomStream } from "../random.ts";
import { featureShape, type Layout } from "./layout.ts";
import { ModuleContext } from "./module_context.ts";
import { convolutionsShape, convolveParts } from "./random_convolution.ts";

const size = { batch: 4, channels: 3, height: 5, width: 5 } as const;
const kernels = 2;
const random = new RandomStream(1, "test");
/** By image, channel, row, column. */
const pixels = Float32Array.from({ length: 4 * 3 * 25 }, () => random.normal());
const weights = Float32Array.from({ length: kernels * 81 }, () => random.normal());

/** One output pixel by plain loops. */
function expectedAt(image: number, out: number, y: number, x: number): number {
  const kernel = Math.floor(image / (size.batch / kernels));
  let sum = 0;
  for (let channel = 0; channel < 3; channel++) {
    for (let row = 0; row < 3; row++) {
      for (let column = 0; column < 3; column++) {
        const fromY = y + row - 1, fromX = x + column - 1;
        if (fromY < 0 || fromX < 0 || fromY >= 5 || fromX >= 5) continue;
        sum += pixels[((image * 3 + channel) * 5 + fromY) * 5 + fromX]! *
          weights[((kernel * 3 + out) * 3 + channel) * 9 + row * 3 + column]!;
      }
    }
  }
  return sum;
}

/** Place of a number in the layout. */
function place(layout: Layout, image: number, channel: number, y: number, x: number): number {
  return layout === "nchw"
    ? ((image * 3 + channel) * 5 + y) * 5 + x
    : ((channel * 5 + y) * 5 + x) * size.batch + image;
}

for (const layout of ["nchw", "chwn"] as const) {
  Deno.test(`convolveParts() convolves each part of a batch with its kernel in ${layout}`, async () => {
    const graph = new Graph("test");
    const context = new ModuleContext(graph, {
      layout,
      mode: "train",
      bind: () => assert.fail("it has no parameters"),
    });
    const shape = featureShape(layout, size), kernelShape = convolutionsShape(layout, kernels);
    const output = convolveParts(
      context,
      graph.input("pixels", "float32", shape),
      graph.input("kernels", "float32", kernelShape),
    );
    assert.deepEqual(output.shape, shape);
    graph.output("output", output);
    const input = new Float32Array(pixels.length);
    const everywhere = (visit: (image: number, channel: number, y: number, x: number) => void) => {
      for (let at = 0; at < pixels.length; at++) {
        visit(Math.floor(at / 75), Math.floor(at / 25) % 3, Math.floor(at / 5) % 5, at % 5);
      }
    };
    let from = 0;
    everywhere((...at) => input[place(layout, ...at)] = pixels[from++]!);
    const session = await Session.create(graph);
    const { output: result } = await session.run({
      pixels: floatTensor(input, shape),
      kernels: floatTensor(weights, kernelShape),
    });
    await session.release();
    everywhere((...at) => {
      const value = (result!.data as Float32Array)[place(layout, ...at)]!;
      assert.ok(Math.abs(value - expectedAt(...at)) < 1e-4, `${at}: ${value}`);
    });
  });
}
