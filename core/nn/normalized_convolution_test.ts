import assert from "node:assert/strict";
import { channelBlock } from "../engine/channel_block.ts";
import { floatTensor, Session } from "../engine/session.ts";
import { Graph, type Value } from "../onnx/graph.ts";
import { inPhases, wholeMap } from "./chwn/column_phases.ts";
import type { ConvolutionOptions } from "./layers.ts";
import type { ModuleContext } from "./module_context.ts";
import { normalizedConvolution, phasedConvolution } from "./normalized_convolution.ts";
import {
  assertAlike,
  epsilon,
  evaluateLayer,
  names,
  plainNormalizedConvolution,
} from "./testdata/evaluate_layer.ts";

const block = await channelBlock();

const cases: {
  title: string;
  shape: readonly number[];
  options: ConvolutionOptions;
}[] = [
  {
    title: "3×3 over many pixels, whose weights take the scale",
    shape: [1, 4, 12, 12, 4],
    options: { outChannels: 5, kernel: 3, padding: 1 },
  },
  {
    title: "3×3 over few pixels, whose weights do not",
    shape: [1, 6, 3, 3, 2],
    options: { outChannels: 5, kernel: 3, padding: 1 },
  },
  {
    title: "depthwise with a stride",
    shape: [1, 4, 8, 8, 4],
    options: { outChannels: 4, kernel: 3, padding: 1, stride: 2, groups: 4 },
  },
  {
    title: "depthwise without a stride, which takes its own mean away",
    shape: [1, 16, 7, 5, 16],
    options: { outChannels: 16, kernel: 5, padding: 2, groups: 16 },
  },
  {
    title: "3×3 with a stride from few channels to many, which does too",
    shape: [1, 3, 9, 8, 2],
    options: { outChannels: 16, kernel: 3, padding: 1, stride: 2 },
  },
  {
    title: "3×3 in blocks of channels, which does too",
    shape: [1, 32, 7, 5, 16],
    options: { outChannels: 32, kernel: 3, padding: 1 },
  },
  {
    title: "3×3 in two groups",
    shape: [1, 4, 6, 5, 3],
    options: { outChannels: 6, kernel: 3, padding: 1, groups: 2 },
  },
  {
    title: "depthwise 1×1 with a stride, which leaves a phase of columns out",
    shape: [1, 16, 2, 2, 4],
    options: { outChannels: 16, kernel: 1, stride: 2, padding: 3, groups: 16 },
  },
  {
    title: "depthwise 2×2 with a stride of 3",
    shape: [1, 4, 6, 6, 4],
    options: { outChannels: 4, kernel: 2, stride: 3, padding: 8, groups: 4 },
  },
  {
    title: "3×3 with a stride of 3 over a map that is hardly larger",
    shape: [1, 3, 5, 3, 4],
    options: { outChannels: 4, kernel: 3, stride: 3, padding: 1 },
  },
  {
    title: "1×1 with a stride beyond the width",
    shape: [1, 3, 8, 2, 4],
    options: { outChannels: 4, kernel: 1, stride: 4 },
  },
  {
    title: "dilated 3×3",
    shape: [1, 4, 9, 7, 3],
    options: { outChannels: 6, kernel: 3, padding: 2, dilation: 2 },
  },
  {
    title: "dilated depthwise in blocks of channels",
    shape: [1, 16, 9, 7, 4],
    options: { outChannels: 16, kernel: 3, padding: 4, dilation: 4, groups: 16 },
  },
  {
    title: "dilated 3×3 over a map of which the outer taps see nothing",
    shape: [1, 16, 4, 6, 4],
    options: { outChannels: 16, kernel: 3, padding: 6, dilation: 6 },
  },
  { title: "widening 1×1", shape: [1, 3, 4, 6, 4], options: { outChannels: 12, kernel: 1 } },
  { title: "narrowing 1×1", shape: [1, 12, 4, 6, 4], options: { outChannels: 3, kernel: 1 } },
];

for (const { title, shape, options } of cases) {
  Deno.test(`normalizedConvolution() is convolution and BatchNorm, gradients too: ${title}`, async () => {
    assertAlike(
      await evaluateLayer(
        shape,
        (context, x) => normalizedConvolution(context, names, x, options, { epsilon }),
        block,
      ),
      await evaluateLayer(
        shape,
        (context, x) => plainNormalizedConvolution(context, x, options),
      ),
    );
  });
}

Deno.test("phasedConvolution() gives phases to a stride, and the same numbers", async () => {
  const shape = [1, 3, 4, 6, 4];
  const layers = (phases: number, check: (inPhases: boolean) => void) =>
  (
    context: ModuleContext,
    x: Value,
  ) => {
    const wide = { outChannels: 9, kernel: 1, phases };
    const map = phasedConvolution(context, names, x, wide, { epsilon });
    check(inPhases(map));
    const next = { convolution: "next", normalization: "bn2" };
    const strided = { outChannels: 9, kernel: 3, padding: 1, stride: 2, groups: 9 };
    return normalizedConvolution(context, next, map, strided, { epsilon });
  };
  const apart = await evaluateLayer(shape, layers(2, (phased) => assert(phased)));
  const whole = await evaluateLayer(shape, layers(1, (phased) => assert(!phased)));
  // A width that two does not divide has no phases.
  await evaluateLayer([1, 3, 4, 5, 4], layers(2, (phased) => assert(!phased)));
  assertAlike(apart, whole);
});

Deno.test("wholeMap() puts the columns of phases back in their order", async () => {
  const graph = new Graph("columns");
  const even = graph.constant("float32", [1, 1, 1, 2, 2], Float32Array.of(0, 1, 4, 5));
  const odd = graph.constant("float32", [1, 1, 1, 2, 2], Float32Array.of(2, 3, 6, 7));
  graph.output("y", wholeMap(graph, { phases: [even, odd] }));
  const session = await Session.create(graph);
  const { y } = await session.run({});
  await session.release();
  assert.deepEqual(y, floatTensor(Float32Array.of(0, 1, 2, 3, 4, 5, 6, 7), [1, 1, 1, 4, 2]));
});
