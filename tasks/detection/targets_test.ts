import assert from "node:assert/strict";
import { RandomStream } from "../../core/random.ts";
import { boxIou } from "../../core/vision/boxes.ts";
import { floats, integers } from "../../core/vision/testdata/numbers.ts";
import { maskTargets, sampleAnchors, sampleRegions } from "./targets.ts";
import { assertNear } from "./testdata/assert_near.ts";
import fixture from "./testdata/detection.json" with { type: "json" };

const anchors = floats(fixture.anchors);
const boxes = floats(fixture.anchorTargets.truth);
const labels = Uint32Array.from(integers(fixture.anchorTargets.labels));
const truth = { boxes, labels, crowd: new Uint8Array(7) };
const everything = { samples: 10_000, positiveShare: 1 };
const anchorIous = { positiveIou: 0.7, negativeIou: 0.3 };
const random = (seed = 0) => new RandomStream(seed, "targets");

Deno.test("sampleAnchors agrees with torchvision's assign_targets_to_anchors", () => {
  const settings = { ...anchorIous, ...everything };
  const { positive, negative, deltas } = sampleAnchors(truth, anchors, settings, random());
  const expected = integers(fixture.anchorTargets.anchorLabels);
  const where = (label: number) =>
    Uint32Array.from(expected.keys().filter((index) => expected[index] === label));
  assert.deepEqual(positive, where(1));
  assert.deepEqual(negative, where(0));
  assertNear(deltas, floats(fixture.anchorTargets.deltas), 1e-5);
});

Deno.test("sampleRegions agrees with torchvision's select_training_samples", () => {
  const { proposals, ...expected } = fixture.regionTargets;
  const settings = { positiveIou: 0.5, ...everything };
  const sampled = sampleRegions(truth, floats(proposals), settings, random());
  const regions = floats(expected.regions), matched = integers(expected.matched);
  const deltas = floats(expected.deltas), classes = integers(expected.labels);
  // Ours come positive ones first, each part in torchvision's order.
  const isPositive = (index: number) => classes[index]! > 0;
  const all = [...classes.keys()];
  const order = [...all.filter(isPositive), ...all.filter((index) => !isPositive(index))];
  const rows = (values: Float32Array, indices: number[]) =>
    indices.flatMap((index) => [...values.subarray(4 * index, 4 * index + 4)]);
  assert.equal(sampled.positives, all.filter(isPositive).length);
  assert.deepEqual([...sampled.boxes], rows(regions, order));
  assert.deepEqual([...sampled.labels], order.map((index) => classes[index]));
  const positives = order.slice(0, sampled.positives);
  assert.deepEqual(
    [...sampled.matched.subarray(0, sampled.positives)],
    positives.map((index) => matched[index]),
  );
  assertNear(sampled.deltas.subarray(0, 4 * sampled.positives), rows(deltas, positives), 1e-5);
  assert.ok(sampled.deltas.subarray(4 * sampled.positives).every((value) => value === 0));
});

Deno.test("samples keep to their sizes and are functions of the random numbers", () => {
  const settings = { positiveIou: 0.5, samples: 64, positiveShare: 0.25 };
  const proposals = floats(fixture.regionTargets.proposals);
  const sampled = sampleRegions(truth, proposals, settings, random(3));
  assert.deepEqual([sampled.positives, sampled.labels.length], [16, 64]);
  assert.deepEqual(sampled, sampleRegions(truth, proposals, settings, random(3)));
  assert.notDeepEqual(sampled, sampleRegions(truth, proposals, settings, random(4)));
  const few = { ...anchorIous, samples: 32, positiveShare: 0.5 };
  const { positive, negative } = sampleAnchors(truth, anchors, few, random(3));
  assert.equal(positive.length + negative.length, 32);
  assert.ok(positive.length <= 16);
});

Deno.test("crowds and boxes without area are nobody's target", () => {
  const odd = {
    boxes: Float32Array.of(1, 1, 9, 9, 20, 20, 20, 30, 30, 30, 40, 40, NaN, 0, 4, 4, 50, 9, 40, 20),
    labels: Uint32Array.of(4, 5, 6, 7, 8),
    crowd: Uint8Array.of(1, 0, 0, 0, 0),
  };
  const proposals = Float32Array.of(1, 1, 9, 9, 20, 20, 21, 30, 31, 30, 40, 40);
  const settings = { positiveIou: 0.5, ...everything };
  const sampled = sampleRegions(odd, proposals, settings, random());
  assert.deepEqual([...sampled.labels], [7, 7, 0, 0]);
  assert.deepEqual([...sampled.matched], [2, 2, 0, 0]);
  assert.ok(sampled.deltas.every(Number.isFinite));
  const { positive, deltas } = sampleAnchors(
    odd,
    proposals,
    { ...anchorIous, ...everything },
    random(),
  );
  assert.deepEqual([...positive], [2]);
  assert.ok(deltas.every(Number.isFinite));
});

Deno.test("an image without objects gives background only", () => {
  const none = { boxes: new Float32Array(0), labels: new Uint32Array(0), crowd: new Uint8Array(0) };
  const anchored = sampleAnchors(none, anchors, {
    ...anchorIous,
    samples: 256,
    positiveShare: 0.5,
  }, random());
  assert.deepEqual([anchored.positive.length, anchored.negative.length], [0, 256]);
  const settings = { positiveIou: 0.5, samples: 8, positiveShare: 0.25 };
  const sampled = sampleRegions(none, anchors.subarray(0, 40), settings, random());
  assert.deepEqual([sampled.positives, sampled.labels.length], [0, 8]);
  assert.equal(sampleRegions(none, new Float32Array(0), settings, random()).boxes.length, 0);
});

Deno.test("an image with a thousand objects is sampled", () => {
  const many = {
    boxes: Float32Array.from({ length: 4000 }, (_, at) => (at >> 2) % 40 + (at % 4 < 2 ? 0 : 5)),
    labels: new Uint32Array(1000),
    crowd: new Uint8Array(1000),
  };
  const settings = { positiveIou: 0.5, samples: 512, positiveShare: 0.25 };
  const sampled = sampleRegions(many, anchors, settings, random());
  assert.equal(sampled.positives, 128);
  const iou = boxIou(sampled.boxes.subarray(0, 4), many.boxes);
  assert.ok(iou[sampled.matched[0]!]! >= 0.5);
});

Deno.test("maskTargets cuts objects' masks out at their regions", () => {
  const mask = new Uint8Array(8 * 8).map((_, at) => at % 8 < 4 ? 1 : 0);
  const targets = maskTargets(
    { mask: () => mask },
    { height: 8, width: 8 },
    Float32Array.of(0, 0, 8, 8),
    [3],
    4,
  );
  assert.deepEqual(targets.map(Math.round), Float32Array.of(...Array(4).fill([1, 1, 0, 0]).flat()));
});
