import assert from "node:assert/strict";
import { aggregateProfile, aggregateProfiles, countOperations } from "./profile.ts";

/** Events in the form of ONNX Runtime 1.30. */
function run(ts: number, kernels: { op: string; dur: number; x: number[]; w: number[] }[]) {
  return [
    { cat: "Session", name: "model_run", ts, dur: 5000, args: {} },
    ...kernels.flatMap(({ op, dur, x, w }, index) => [
      { cat: "Node", name: `n${index}_fence_before`, ts: ts + 1, dur: 700, args: { op_name: op } },
      {
        cat: "Node",
        name: `n${index}_kernel_time`,
        ts: ts + 1,
        dur,
        args: {
          op_name: op,
          input_type_shape: [{ float: x }, { float: w }],
          output_type_shape: [{ float: [2, 4] }],
        },
      },
    ]),
  ];
}

const product = { op: "MatMul", dur: 2000, x: [2, 3], w: [3, 4] };
const profile = JSON.stringify([
  { cat: "Session", name: "session_initialization", ts: 0, dur: 100, args: {} },
  ...run(1000, [{ ...product, dur: 900_000 }]),
  ...run(20_000, [product, { ...product, dur: 1000 }, { op: "Add", dur: 500, x: [2, 4], w: [4] }]),
  ...run(40_000, [product, { ...product, dur: 3000 }, { op: "Add", dur: 1500, x: [2, 4], w: [4] }]),
]);

Deno.test("aggregateProfile adds up kernels of the last runs, per step", () => {
  assert.deepEqual(aggregateProfile(profile, 2), {
    stepMilliseconds: 5,
    kernels: [
      {
        operator: "MatMul",
        shapes: "[2,3] [3,4] → [2,4]",
        calls: 2,
        milliseconds: 4,
        gigaflops: 2 * 48e-9,
      },
      {
        operator: "Add",
        shapes: "[2,4] [4] → [2,4]",
        calls: 1,
        milliseconds: 1,
        gigaflops: null,
      },
    ],
  });
});

Deno.test("aggregateProfile refuses what is not a profile, or too short a one", () => {
  assert.throws(() => aggregateProfile("{", 1), /not a JSON list/);
  assert.throws(() => aggregateProfile("{}", 1), /not a JSON list/);
  assert.throws(() => aggregateProfile(profile, 4), /has 3 runs, expected 4/);
});

Deno.test("aggregateProfiles adds up sessions, each by the share of its runs that is not warm-up", () => {
  // Once in each of three steps, and twice: of these the last two of three, and four of six.
  const often = JSON.stringify(
    [100_000, 40, 20, 20, 10, 10].flatMap((dur, index) =>
      run(1000 + 10_000 * index, [{ ...product, dur: 1000 * dur }])
    ),
  );
  const { kernels, stepMilliseconds } = aggregateProfiles([profile, often], {
    warmUp: 1,
    steps: 2,
  });
  assert.equal(stepMilliseconds, 15);
  assert.deepEqual(
    kernels.map(({ operator, calls, milliseconds }) => [operator, calls, milliseconds]),
    [
      ["MatMul", 4, 34],
      ["Add", 1, 1],
    ],
  );
  assert.throws(() => aggregateProfiles(["[]"], { warmUp: 1, steps: 2 }), /no session ran/);
});

Deno.test("countOperations counts two operations for each product and its sum", () => {
  // ResNet's stem: 112² outputs of 64 channels, each 3 · 7 · 7 products.
  assert.equal(
    countOperations("Conv", [[16, 3, 224, 224], [64, 3, 7, 7]], [16, 64, 112, 112]),
    2 * 16 * 64 * 112 * 112 * 147,
  );
  assert.equal(
    countOperations("ConvTranspose", [[1, 8, 5, 5], [8, 4, 3, 3]], [1, 4, 11, 11]),
    2 * 8 * 25 * 36,
  );
  assert.equal(countOperations("MatMul", [[5, 2, 3], [5, 3, 4]], [5, 2, 4]), 2 * 5 * 24);
  assert.equal(countOperations("MatMul", [[5, 2, 3], [3, 4]], [5, 2, 4]), 2 * 5 * 24);
  // A transposed factor has its lengths the other way round.
  assert.equal(countOperations("FusedMatMul", [[64, 1000], [3, 1000]], [64, 3]), 2 * 64 * 3000);
  assert.equal(countOperations("Relu", [[2, 3]], [2, 3]), null);
});
