import assert from "node:assert/strict";
import { formatFigures, parseFigures } from "../../core/results/figures.ts";
import { RandomStream } from "../../core/random.ts";
import { SegmentationEvidenceBuilder } from "../../core/vision/evaluation/mod.ts";
import { segmentationFigures } from "./figures.ts";
import { MapScenes } from "./map_scenes.ts";

const classNames = ["road", "sky", "car"];

/** The figures of an image of 6 × 2 pixels whose left third is found, and one column is not judged. */
async function makeFigures(width = 6, height = 2) {
  const area = width * height;
  const truth = Uint8Array.from({ length: area }, (_, at) => [0, 0, 1, 1, 1, 255][at % width]!);
  const prediction = new Uint8Array(area);
  const builder = new SegmentationEvidenceBuilder({ classes: 3 });
  builder.add({ id: "one", width, height, truth, prediction });
  const scenes = new MapScenes(3);
  await scenes.add({
    id: "one",
    image: { width, height, pixels: new Uint8Array(3 * area).fill(90) },
    truth: { kind: "segmentation", width, height, map: truth },
    prediction,
  });
  return segmentationFigures(builder.build(), {
    split: "val",
    classNames,
    confusion: builder.confusion(),
    scenes: scenes.scenes,
  });
}

Deno.test("segmentationFigures() has maps as runs, IoU by class and the confusion of classes", async () => {
  const figures = await makeFigures();
  assert.deepEqual(parseFigures(formatFigures(figures), "figures.json"), figures);
  const [maps, classes, confusion] = figures.figures;
  assert.ok(maps?.kind === "maps" && classes?.kind === "bars" && confusion?.kind === "matrix");
  assert.deepEqual(maps.maps[0]!.truth, [0, 2, 1, 3, -1, 1, 0, 2, 1, 3, -1, 1]);
  assert.deepEqual(maps.maps[0]!.found, [0, 12]);
  assert.deepEqual(classes.bars, [
    { name: "road", value: 40 },
    { name: "sky", value: 0 },
    { name: "car", value: null },
  ]);
  // "car" is nowhere: it has no row.
  assert.deepEqual([confusion.names, confusion.values], [["road", "sky"], [[100, 0], [100, 0]]]);
});

Deno.test("MapScenes leaves out maps of noise, and makes large images small", async () => {
  const scenes = new MapScenes(3);
  const random = new RandomStream(0, "noise");
  const width = 640, height = 480;
  const image = { width, height, pixels: new Uint8Array(3 * width * height) };
  const noise = Uint8Array.from({ length: width * height }, () => random.integer(3));
  const truth = { kind: "segmentation" as const, width, height, map: noise };
  await scenes.add({ id: "noise", image, truth, prediction: noise });
  assert.equal(scenes.scenes.length, 0);
  const flat = { ...truth, map: new Uint16Array(width * height).fill(65535) };
  await scenes.add({ id: "flat", image, truth: flat, prediction: new Uint8Array(width * height) });
  const [{ scene }] = scenes.scenes as [typeof scenes.scenes[number]];
  assert.deepEqual([scene.width, scene.height, scene.truth], [320, 240, [-1, 320 * 240]]);
});

Deno.test("formatFigures() refuses maps whose runs do not fit their picture", async () => {
  const figures = await makeFigures();
  const [maps] = figures.figures;
  assert.ok(maps?.kind === "maps");
  const withTruth = (truth: number[]) => ({
    ...figures,
    figures: [{ ...maps, maps: [{ ...maps.maps[0]!, truth }] }],
  });
  assert.throws(() => formatFigures(withTruth([0, 11])), /expected runs of 12 pixels, got 11/);
  assert.throws(() => formatFigures(withTruth([3, 12])), /expected classes below 3, got 3/);
  assert.throws(() => formatFigures(withTruth([0, 12, 1])), /runs of 1 pixel or more, got 0/);
});
