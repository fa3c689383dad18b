import assert from "node:assert/strict";
import { pixelNearestNeighbour } from "../../core/data/pixel_nearest_neighbour.ts";
import { ConfigError } from "../../core/errors.ts";
import { RandomStream } from "../../core/random.ts";
import { noModel, resolveTaskSettings } from "../task.ts";
import {
  rightOf,
  runToy,
  toyCost,
  toyDataset,
  type ToyOptions,
  toyViews,
} from "../testdata/toy_task.ts";
import { pixelNeighbour, pixelNeighbourSettings } from "./pixel_nearest_neighbour.ts";

const random = new RandomStream(1, "pixels");
const noise = (views: number) =>
  Uint8Array.from({ length: views * 8 * 8 * 3 }, () => random.integer(256));

const toy: ToyOptions = {
  classNames: ["a", "b"],
  labels: { train: [0, 1, 0, 1], val: [0, 1, 1] },
  viewsPerSample: 4,
  rows: {},
  pixels: { train: noise(16), val: noise(12) },
  settings: { viewsPerImage: 4, imageSize: 8, side: 4 },
  model: noModel,
};

Deno.test("pixelNeighbour gives the hits of pixelNearestNeighbour, without a model", async () => {
  const { evidence } = await runToy(pixelNeighbour, toy);
  const dataset = toyDataset(toy);
  const { hits } = await pixelNearestNeighbour(
    await toyViews(dataset, toy, "train", 4),
    await toyViews(dataset, toy, "val", 4),
    { side: 4 },
  );
  assert.deepEqual(rightOf(evidence["val"]!).map((right) => right / 4), [...hits]);
  assert(hits.some((hit) => hit > 0 && hit < 1));
});

Deno.test("pixelNeighbour has the settings of the table's baseline by default", () => {
  assert.deepEqual(pixelNeighbourSettings.parse({}), {
    viewsPerImage: 10,
    imageSize: 32,
    side: 16,
    maximumTrainViews: 16_384,
  });
  assert.throws(
    () => resolveTaskSettings(pixelNeighbour, { side: 5 }, "row pixel"),
    (error) => error instanceof ConfigError && /side: expected a divisor/.test(error.message),
  );
});

Deno.test("pixelNeighbour plans its products of pixels", async () => {
  assert.deepEqual(await toyCost(pixelNeighbour, toy), {
    images: 0,
    steps: 0,
    macs: 12 * 16 * 3 * 16,
  });
});
