import assert from "node:assert/strict";
import { DataError, GraphError } from "../errors.ts";
import { constantInitializer, kaimingFanOut, linearDefault } from "./initializers.ts";
import { type ParameterSpec, totalSize, traceModel } from "./module_context.ts";
import { flattenNamed, initializeFlat, namedParts } from "./parameters.ts";

const specs: readonly ParameterSpec[] = [
  { name: "conv.weight", shape: [64, 8, 3, 3], initializer: kaimingFanOut([64, 8, 3, 3]) },
  { name: "bn.weight", shape: [64], initializer: constantInitializer(1) },
  { name: "fc.weight", shape: [50, 64], initializer: linearDefault(64) },
];

Deno.test("initializeFlat() draws by PyTorch's formulas", () => {
  const parts = namedParts(initializeFlat(specs, 3), specs);
  const conv = parts.get("conv.weight")!.data;
  const mean = conv.reduce((sum, value) => sum + value, 0) / conv.length;
  const std = Math.sqrt(
    conv.reduce((sum, value) => sum + (value - mean) ** 2, 0) / conv.length,
  );
  // 4,608 draws: three standard errors are 4.4 % of the std for the mean, 3.1 % for itself.
  const expected = Math.sqrt(2 / (64 * 9));
  assert(Math.abs(mean) < 0.044 * expected, `mean ${mean}`);
  assert(Math.abs(std / expected - 1) < 0.031, `std ${std}, expected ${expected}`);
  assert.deepEqual(new Set(parts.get("bn.weight")!.data), new Set([1]));
  const linear = parts.get("fc.weight")!.data;
  const largest = Math.max(...linear.map(Math.abs));
  assert(largest <= 1 / 8 && largest > 0.99 / 8, `bound ${largest}`);
  const square = linear.reduce((sum, value) => sum + value * value, 0) / linear.length;
  assert(Math.abs(square * 3 * 64 - 1) < 0.05, "uniform: a third of the squared bound");
});

Deno.test("initializeFlat() gives each parameter numbers of its own, whatever else there is", () => {
  const whole = namedParts(initializeFlat(specs, 3), specs);
  const alone = specs.slice(2);
  const part = namedParts(initializeFlat(alone, 3), alone);
  assert.deepEqual(part.get("fc.weight"), whole.get("fc.weight"));
  assert.notDeepEqual(initializeFlat(alone, 4), initializeFlat(alone, 3));
  const renamed = [{ ...specs[2]!, name: "other.weight" }];
  assert.notDeepEqual(initializeFlat(renamed, 3), initializeFlat(alone, 3));
});

Deno.test("namedParts() shares the memory of the flat vector", () => {
  const flat = new Float32Array(totalSize(specs));
  namedParts(flat, specs).get("bn.weight")!.data[0] = 7;
  assert.equal(flat[64 * 8 * 9], 7);
});

Deno.test("flattenNamed() puts tensors in the order of the declarations", () => {
  const flat = initializeFlat(specs, 3);
  const reversed = new Map([...namedParts(flat, specs)].reverse());
  assert.deepEqual(flattenNamed(specs, reversed, "memory"), flat);
});

Deno.test("flattenNamed() names every tensor that is missing, extra or of a wrong shape", () => {
  const tensors = new Map([
    ["conv.weight", { shape: [64, 8, 9], data: new Float32Array(64 * 72) }],
    ["fc.weight", { shape: [50, 64], data: new Float32Array(3200) }],
    ["head.bias", { shape: [2], data: new Float32Array(2) }],
  ]);
  assert.throws(() => flattenNamed(specs, tensors, "student.safetensors"), (error) => {
    assert(error instanceof DataError);
    assert.match(error.message, /student\.safetensors/);
    assert.match(
      error.message,
      /wrong shape: conv\.weight is \[64, 8, 9\], expected \[64, 8, 3, 3\]/,
    );
    assert.match(error.message, /missing: bn\.weight \[64\]/);
    assert.match(error.message, /extra: head\.bias \[2\]/);
    assert.doesNotMatch(error.message, /fc\.weight/);
    return true;
  });
  assert.throws(
    () => flattenNamed(specs, tensors, "file", { ignoreExtra: true }),
    (error) => error instanceof DataError && !error.message.includes("extra"),
  );
});

Deno.test("a model cannot declare a name twice, parameter or buffer", () => {
  assert.throws(
    () =>
      traceModel({ layout: "nchw", mode: "train" }, (context) => {
        context.parameter("weight", [1], constantInitializer(0));
        context.buffer("weight", [1], constantInitializer(0));
      }),
    (error) => error instanceof GraphError && error.message.includes('"weight"'),
  );
});
