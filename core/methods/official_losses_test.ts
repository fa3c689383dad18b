import assert from "node:assert/strict";
import { floatTensor, type HostTensor } from "../engine/session.ts";
import { viewInput } from "../train/batch_source.ts";
import { bingoSettings, prepareBingo } from "./bingo/bingo.ts";
import { compressSettings, prepareCompress } from "./compress/compress.ts";
import { discoSettings, prepareDisco } from "./disco/disco.ts";
import type { PreparedMethod } from "./method.ts";
import { mocoSettings, prepareMoco } from "./moco_v2/moco_v2.ts";
import { prepareSmd, smdSettings } from "./smd/smd.ts";
import { assertNear, MethodRunner, momentumInput } from "./testdata/method_step.ts";
import official from "./testdata/official_losses.json" with { type: "json" };

const { batch, dimension, queueSize } = official;

interface OfficialCase {
  readonly method: string;
  readonly queues?: number;
  readonly queue?: readonly number[];
  readonly student_queue?: readonly number[];
  readonly shares?: readonly number[];
  readonly steps: readonly {
    readonly teacher: readonly (readonly number[])[];
    readonly student: readonly (readonly number[])[];
    readonly momentum: readonly (readonly number[])[];
    readonly loss: number;
    readonly gradient: readonly (readonly number[])[];
  }[];
}

function prepare({ method, queues }: OfficialCase): PreparedMethod {
  const sizes = { dimension, batchSize: batch, seed: 0 };
  switch (method) {
    case "moco-v2":
      return prepareMoco({ settings: mocoSettings.parse({ queueSize, dimension }), ...sizes });
    case "disco":
      // The official loss adds up the distances of the batch.
      return prepareDisco({
        settings: discoSettings.parse({ queueSize, distanceWeight: batch }),
        ...sizes,
      });
    case "compress":
      return prepareCompress({ settings: compressSettings.parse({ queueSize, queues }), ...sizes });
    case "bingo":
      return prepareBingo({
        settings: bingoSettings.parse({ queueSize, ownEpochs: 2 }),
        stepsPerEpoch: 1,
        ...sizes,
      });
    default:
      // Two epochs of one step each.
      return prepareSmd({ settings: smdSettings.parse({}), dimension, stepsPerEpoch: 1 });
  }
}

/** A ring that is overwritten from its first row on, as a queue whose last rows go first. */
function asQueue(ring: readonly number[]): HostTensor {
  const rows = new Float32Array(ring.length), part = batch * dimension;
  for (let start = 0; start < ring.length; start += part) {
    rows.set(ring.slice(start, start + part), ring.length - part - start);
  }
  return floatTensor(rows, [ring.length / dimension, dimension]);
}

/** Views that the student encodes; 4 is BINGO's mix. */
const encodedViews: Readonly<Record<string, readonly number[]>> = {
  "moco-v2": [0],
  compress: [0],
  disco: [0, 1],
  smd: [0, 1],
  bingo: [0, 2, 4],
};

/** What is left of a gradient where embeddings z are brought to unit length: g − (g·z)z. */
function tangential(gradient: Float32Array, embeddings: readonly number[]): number[] {
  return [...gradient].map((value, place) => {
    const start = place - place % dimension;
    let along = 0;
    for (let i = start; i < start + dimension; i++) along += gradient[i]! * embeddings[i]!;
    return value - along * embeddings[place]!;
  });
}

for (const value of official.cases) {
  const officialCase: OfficialCase = value;
  const { method: name, queues, queue, student_queue, shares } = officialCase;
  const title = queues === undefined ? name : `${name} with queues: ${queues}`;
  Deno.test(`${title} equals its official module over four steps`, async () => {
    const runner = await MethodRunner.create(prepare(officialCase), batch);
    if (queue) runner.state["queue"] = asQueue(queue);
    if (student_queue) runner.state["student_queue"] = asQueue(student_queue);
    for (
      const [step, { teacher, student, momentum, loss, gradient }] of officialCase.steps.entries()
    ) {
      const tensor = (rows: readonly number[]) =>
        floatTensor(Float32Array.from(rows), [batch, dimension]);
      const inputs: Record<string, HostTensor> = {
        ...Object.fromEntries(
          teacher.map((rows, view) => [viewInput("teacher", view), tensor(rows)]),
        ),
        ...Object.fromEntries(momentum.map((rows, view) => [momentumInput(view), tensor(rows)])),
      };
      if (shares) inputs["share"] = floatTensor(Float32Array.of(shares[step]!), []);
      const actual = await runner.step(student.map((rows) => Float32Array.from(rows)), inputs);
      assertNear([actual.loss], [loss], 1e-5, `loss ${step}`);
      assert.deepEqual([...actual.gradients.keys()].sort(), encodedViews[name]);
      for (const [view, values] of actual.gradients) {
        const actualGradient = tangential(values, student[view]!);
        assertNear(actualGradient, [...gradient[view]!], 1e-5, `gradient ${step} of view ${view}`);
      }
    }
    await runner.release();
  });
}
