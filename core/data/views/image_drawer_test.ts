import assert from "node:assert/strict";
import { sha256 } from "../../files.ts";
import { getDataset } from "../registry.ts";
import { datasetDrawer } from "./image_drawer.ts";

Deno.test("datasetDrawer draws a composed view as its composer does, in both layouts", async () => {
  const dataset = await getDataset("emojitech-126");
  const source = await dataset.composer!.open("dev", { role: "train" });
  const drawer = await datasetDrawer(dataset, "dev", "train");
  const imageSize = 16, area = imageSize ** 2;
  const expected = new Uint8Array(3 * area), pixels = expected.slice(), planes = expected.slice();
  source.draw(17, 5, imageSize, expected, 0);
  const view = { viewSeed: 5, imageSize, offset: 0 };
  await drawer.draw({ sample: 17, id: source.samples.id(17) }, [
    { ...view, layout: "pixels", output: pixels },
    { ...view, layout: "planes", output: planes },
  ]);
  assert.equal(sha256(pixels), sha256(expected));
  const ofPlanes = expected.map((_, at) => planes[at % 3 * area + Math.floor(at / 3)]!);
  assert.equal(sha256(ofPlanes), sha256(expected));
});
