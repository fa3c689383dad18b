import assert from "node:assert/strict";
import { biasedConvolution } from "./biased_convolution.ts";
import { scale } from "../onnx/build.ts";
import { evaluateLayer, largestDifference, type MapsSize } from "./testdata/evaluate_in_layouts.ts";
import { joinSquares, transposedConvolution } from "./transposed_convolution.ts";
import { addUpsampled, upsampleNearest } from "./upsample_nearest.ts";

const layouts = ["nchw", "chwn"] as const;

/** One pixel of maps [B, C, H, W]; 0 beyond the edges. */
function pixel(
  data: ArrayLike<number>,
  { channels, height, width }: MapsSize,
  [image, channel, row, column]: readonly [number, number, number, number],
): number {
  if (row < 0 || column < 0 || row >= height || column >= width) return 0;
  return data[((image * channels + channel) * height + row) * width + column]!;
}

/** Maps made pixel by pixel. */
function makeMaps(
  { batch, channels, height, width }: MapsSize,
  at: (place: readonly [number, number, number, number]) => number,
): Float64Array {
  const result = new Float64Array(batch * channels * height * width);
  let index = 0;
  for (let image = 0; image < batch; image++) {
    for (let channel = 0; channel < channels; channel++) {
      for (let row = 0; row < height; row++) {
        for (let column = 0; column < width; column++) {
          result[index++] = at([image, channel, row, column]);
        }
      }
    }
  }
  return result;
}

/**
 * Checks gradients of a function that is linear in each of its arguments: moved by an argument, the sum
 * of its outputs changes by gradient · move.
 */
function assertLinearGradient(
  name: string,
  gradient: Float32Array,
  weights: Float32Array,
  value: (moved: (index: number) => number) => Float64Array,
): void {
  const dot = (y: Float64Array) =>
    y.reduce((sum, number, index) => sum + number * weights[index]!, 0);
  const still = dot(value(() => 0));
  for (let index = 0; index < gradient.length; index += Math.ceil(gradient.length / 40)) {
    const change = dot(value((at) => at === index ? 1 : 0)) - still;
    assert(
      Math.abs(change - gradient[index]!) < 1e-4,
      `${name}[${index}]: ${gradient[index]}, not ${change}`,
    );
  }
}

const sizes: MapsSize = { batch: 3, channels: 16, height: 6, width: 6 };

for (const layout of layouts) {
  for (const [kernel, stride, channels] of [[1, 1, 4], [3, 1, 48], [3, 2, 4]] as const) {
    Deno.test(`biasedConvolution() ${kernel}×${kernel}/${stride} of ${channels} channels in ${layout}`, async () => {
      const padding = (kernel - 1) / 2;
      const from = { ...sizes, channels };
      const outChannels = channels;
      const result = await evaluateLayer(
        layout,
        from,
        (context, x) =>
          biasedConvolution(context, "layer", x, { outChannels, kernel, stride, padding }),
      );
      const to = { ...from, channels: outChannels, height: 6 / stride, width: 6 / stride };
      const value = (
        x: ArrayLike<number>,
        weight: ArrayLike<number>,
        bias: ArrayLike<number>,
      ) =>
        makeMaps(to, ([image, channel, row, column]) => {
          let sum = bias[channel]!;
          for (let input = 0; input < channels; input++) {
            for (let tap = 0; tap < kernel ** 2; tap++) {
              const at = [
                row * stride + Math.floor(tap / kernel) - padding,
                column * stride + tap % kernel - padding,
              ] as const;
              sum += weight[(channel * channels + input) * kernel ** 2 + tap]! *
                pixel(x, from, [image, input, ...at]);
            }
          }
          return sum;
        });
      const { x, parameters, gradients, weights } = result;
      const weight = parameters["layer.weight"]!, bias = parameters["layer.bias"]!;
      assert(largestDifference(result.y, value(x, weight, bias)) < 2e-4);
      if (channels > 4) {
        // The sum over the gradient stands for all of it.
        const perChannel = bias.map((_, channel) => {
          let sum = 0;
          makeMaps(to, (place) => {
            if (place[1] === channel) sum += pixel(weights, to, place);
            return 0;
          });
          return sum;
        });
        assert(largestDifference(gradients["layer.bias"]!, perChannel) < 1e-4);
        return;
      }
      const moved = (data: Float32Array, by: (index: number) => number) =>
        data.map((number, index) => number + by(index));
      assertLinearGradient(
        "x",
        gradients["x"]!,
        weights,
        (by) => value(moved(x, by), weight, bias),
      );
      assertLinearGradient(
        "weight",
        gradients["layer.weight"]!,
        weights,
        (by) => value(x, moved(weight, by), bias),
      );
      assertLinearGradient(
        "bias",
        gradients["layer.bias"]!,
        weights,
        (by) => value(x, weight, moved(bias, by)),
      );
    });
  }

  Deno.test(`transposedConvolution() in ${layout} is PyTorch's with kernel 2 and stride 2`, async () => {
    const from = { ...sizes, channels: 5, height: 3, width: 2 }, outChannels = 4;
    const result = await evaluateLayer(
      layout,
      from,
      (context, x) => transposedConvolution(context, "layer", x, { outChannels }),
    );
    const to = { ...from, channels: outChannels, height: 6, width: 4 };
    const value = (x: ArrayLike<number>, weight: ArrayLike<number>, bias: ArrayLike<number>) =>
      makeMaps(to, ([image, channel, row, column]) => {
        let sum = bias[channel]!;
        for (let input = 0; input < from.channels; input++) {
          const tap = (row % 2) * 2 + column % 2;
          sum += weight[(input * outChannels + channel) * 4 + tap]! *
            pixel(x, from, [image, input, Math.floor(row / 2), Math.floor(column / 2)]);
        }
        return sum;
      });
    const { x, parameters, gradients, weights } = result;
    const weight = parameters["layer.weight"]!, bias = parameters["layer.bias"]!;
    assert.deepEqual(result.shape, [3, 4, 6, 4]);
    assert(largestDifference(result.y, value(x, weight, bias)) < 1e-5);
    const moved = (data: Float32Array, by: (index: number) => number) =>
      data.map((number, index) => number + by(index));
    assertLinearGradient("x", gradients["x"]!, weights, (by) => value(moved(x, by), weight, bias));
    assertLinearGradient(
      "weight",
      gradients["layer.weight"]!,
      weights,
      (by) => value(x, moved(weight, by), bias),
    );
    assertLinearGradient(
      "bias",
      gradients["layer.bias"]!,
      weights,
      (by) => value(x, weight, moved(bias, by)),
    );
  });

  for (const [height, width] of [[6, 4], [7, 5], [3, 2], [9, 3]] as const) {
    Deno.test(`upsampleNearest() of 3×2 to ${height}×${width} in ${layout} is F.interpolate's`, async () => {
      const from = { batch: 3, channels: 4, height: 3, width: 2 };
      const { x, y, gradients, weights } = await evaluateLayer(
        layout,
        from,
        (context, x) => upsampleNearest(context, x, { height, width }),
      );
      const value = (x: ArrayLike<number>) =>
        makeMaps(
          { ...from, height, width },
          ([image, channel, row, column]) =>
            pixel(x, from, [
              image,
              channel,
              Math.floor(row * 3 / height),
              Math.floor(column * 2 / width),
            ]),
        );
      assert.equal(largestDifference(y, value(x)), 0);
      assertLinearGradient(
        "x",
        gradients["x"]!,
        weights,
        (by) => value(x.map((number, index) => number + by(index))),
      );
    });
    Deno.test(`addUpsampled() of 3×2 to ${height}×${width} in ${layout} adds to every pixel`, async () => {
      const from = { batch: 3, channels: 4, height: 3, width: 2 };
      const evaluate = (add: boolean) =>
        evaluateLayer(layout, from, (context, x) => {
          const large = upsampleNearest(context, x, { height, width });
          const doubled = scale(context.graph, large, 2);
          return add ? addUpsampled(context, doubled, x) : doubled;
        });
      const sum = await evaluate(true), doubled = await evaluate(false);
      const thrice = doubled.y.map((number) => number * 1.5);
      assert(largestDifference(sum.y, thrice) < 1e-6);
      const gradient = doubled.gradients["x"]!.map((number) => number * 1.5);
      assert(largestDifference(sum.gradients["x"]!, gradient) < 1e-4);
    });
  }
}

Deno.test("joinSquares() puts the four places of each square side by side", async () => {
  const { x, y } = await evaluateLayer(
    "nchw",
    { batch: 1, channels: 1, height: 8, width: 2 },
    joinSquares,
  );
  // Places (0, 0), (0, 1), (1, 0), (1, 1), each a map of 2×2.
  const order = [0, 4, 1, 5, 8, 12, 9, 13, 2, 6, 3, 7, 10, 14, 11, 15];
  assert.deepEqual([...y], order.map((index) => x[index]));
});
