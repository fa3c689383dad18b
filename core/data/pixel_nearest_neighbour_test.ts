import assert from "node:assert/strict";
import { RandomStream } from "../random.ts";
import { SampleList } from "./sample_list.ts";
import type { MemoryViewSet } from "./views/view_set.ts";
import { pixelNearestNeighbour } from "./pixel_nearest_neighbour.ts";

function randomViews(samples: number, viewsPerSample: number, seed: number): MemoryViewSet {
  const random = new RandomStream(seed, "test");
  return {
    samples: SampleList.from(
      Array.from({ length: samples }, (_, index) => ({ id: `${index}`, label: index % 7 })),
    ),
    viewsPerSample,
    imageSize: 8,
    pixels: Uint8Array.from(
      { length: samples * viewsPerSample * 192 },
      () => random.uint32() & 255,
    ),
    hash: "",
    skipped: [],
  };
}

/** The same in plain loops: block means, mean off, cosine, first of the greatest. */
function reference(train: MemoryViewSet, test: MemoryViewSet, side: number): number[] {
  const vector = (views: MemoryViewSet, view: number) => {
    const factor = 8 / side;
    const out: number[] = [];
    for (let y = 0; y < side; y++) {
      for (let x = 0; x < side; x++) {
        for (let c = 0; c < 3; c++) {
          let sum = 0;
          for (let dy = 0; dy < factor; dy++) {
            for (let dx = 0; dx < factor; dx++) {
              sum += views.pixels[view * 192 + ((y * factor + dy) * 8 + x * factor + dx) * 3 + c]!;
            }
          }
          out.push(sum / factor ** 2);
        }
      }
    }
    const mean = out.reduce((a, b) => a + b) / out.length;
    return out.map((value) => value - mean);
  };
  const dot = (a: number[], b: number[]) => a.reduce((sum, value, i) => sum + value * b[i]!, 0);
  const trainVectors = Array.from(
    { length: train.samples.length * train.viewsPerSample },
    (_, view) => vector(train, view),
  );
  return [...test.samples].map(({ label }, sample) => {
    let hits = 0;
    for (let v = 0; v < test.viewsPerSample; v++) {
      const mine = vector(test, sample * test.viewsPerSample + v);
      const scores = trainVectors.map((other) =>
        dot(mine, other) / Math.sqrt(dot(mine, mine) * dot(other, other))
      );
      const best = scores.indexOf(Math.max(...scores));
      if (train.samples.label(Math.floor(best / train.viewsPerSample)) === label) hits++;
    }
    return hits / test.viewsPerSample;
  });
}

Deno.test("pixelNearestNeighbour agrees with plain loops", async () => {
  const train = randomViews(70, 3, 1), test = randomViews(21, 3, 2);
  for (const side of [8, 4]) {
    const result = await pixelNearestNeighbour(train, test, { side });
    const wanted = reference(train, test, side);
    assert.ok(wanted.some((hit) => hit > 0) && wanted.some((hit) => hit < 1));
    for (const [index, hit] of wanted.entries()) {
      assert.ok(Math.abs(result.hits[index]! - hit) < 1e-9);
    }
    assert.equal(result.trainViews, 210);
    assert.ok(
      Math.abs(result.accuracy - wanted.reduce((a, b) => a + b) / wanted.length) < 1e-9,
    );
  }
});

Deno.test("pixelNearestNeighbour finds a view in itself whatever its brightness and contrast", async () => {
  const train = randomViews(14, 1, 3);
  const test = { ...train, pixels: train.pixels.map((value) => 60 + (value >> 1)) };
  const { accuracy } = await pixelNearestNeighbour(train, test, { side: 8 });
  assert.equal(accuracy, 1);
});

Deno.test("pixelNearestNeighbour keeps to the cap of train views and refuses wrong sides", async () => {
  const train = randomViews(14, 5, 4);
  const { trainViews } = await pixelNearestNeighbour(train, train, {
    side: 8,
    maximumTrainViews: 30,
  });
  assert.equal(trainViews, 28);
  await assert.rejects(pixelNearestNeighbour(train, train, { side: 3 }), /side is 3/);
});
