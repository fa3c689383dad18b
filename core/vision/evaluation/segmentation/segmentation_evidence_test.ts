import assert from "node:assert/strict";
import { TaskError } from "../../../errors.ts";
import { RandomStream } from "../../../random.ts";
import type { Evidence } from "../../../results/evidence.ts";
import { metricDifference, metricInterval } from "../../../results/statistics.ts";
import { boundaryTolerance } from "./boundaries.ts";
import type { JudgedMap } from "./judged_map.ts";
import {
  SegmentationEvidenceBuilder,
  type SegmentationEvidenceOptions,
} from "./segmentation_evidence.ts";
import {
  boundaryMetrics,
  classIouMetric,
  groupMetrics,
  segmentationMetrics,
} from "./segmentation_metrics.ts";
import { segmentationClassTable } from "./segmentation_table.ts";

const [meanIou, pixelAccuracy, meanAccuracy] = segmentationMetrics;

interface ReferenceSet {
  readonly kind: string;
  readonly classes: number;
  readonly images: readonly {
    height: number;
    width: number;
    truth: number[];
    prediction: number[];
  }[];
  readonly expected: Record<string, number> & { iou: (number | null)[] };
  readonly cityscapesScripts?: Record<string, number> & { iou: (number | null)[] };
}

const sets: ReferenceSet[] = (await Deno.readTextFile(
  new URL("testdata/segmentation_reference.jsonl", import.meta.url),
)).trim().split("\n").map((line) => JSON.parse(line));

function fromRuns(runs: readonly number[]): Uint8Array {
  const values: number[] = [];
  for (let at = 0; at < runs.length; at += 2) {
    for (let count = runs[at + 1]!; count > 0; count--) values.push(runs[at]!);
  }
  return Uint8Array.from(values);
}

function collect(images: readonly JudgedMap[], options: SegmentationEvidenceOptions): Evidence {
  const builder = new SegmentationEvidenceBuilder(options);
  for (const image of images) builder.add(image);
  return builder.build();
}

/** One row of pixels. */
function line(id: string, truth: number[], prediction: number[]): JudgedMap {
  return {
    id,
    height: 1,
    width: truth.length,
    truth: Uint8Array.from(truth),
    prediction: Uint8Array.from(prediction),
  };
}

function valueOf(evidence: Evidence, metric = meanIou!, weights?: number[]): number {
  return metric.value(
    evidence,
    Float64Array.from(weights ?? evidence.sampleIds.map(() => 1)),
  );
}

function assertClose(got: number | null, expected: number | null, what: string): void {
  if (got === null || expected === null) return assert.equal(got, expected, what);
  assert.ok(Math.abs(got - expected) < 1e-9, `${what}: expected ${expected}, got ${got}`);
}

/** Cityscapes' categories of its 19 classes. */
const cityscapesGroups = [0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 4, 5, 5, 6, 6, 6, 6, 6, 6];

Deno.test("SegmentationEvidenceBuilder gives the numbers of mmsegmentation and cityscapesScripts", () => {
  assert.equal(sets.length, 12);
  for (const [at, { kind, classes, images, expected, cityscapesScripts }] of sets.entries()) {
    const maps = images.map(({ height, width, truth, prediction }, index) => ({
      id: `${index}`,
      height,
      width,
      truth: fromRuns(truth),
      prediction: fromRuns(prediction),
    }));
    const evidence = collect(maps, {
      classes,
      boundaries: true,
      ...kind === "cityscapes" ? { groups: cityscapesGroups } : {},
    });
    for (const metric of [...segmentationMetrics, ...boundaryMetrics]) {
      assertClose(valueOf(evidence, metric), expected[metric.key]!, `set ${at}, ${metric.key}`);
    }
    const names = Array.from({ length: classes }, (_, index) => `${index}`);
    const table = segmentationClassTable(evidence, names);
    for (const [index, { iou }] of table.entries()) {
      assertClose(iou, expected.iou[index]!, `set ${at}, class ${index}`);
    }
    if (cityscapesScripts === undefined) continue;
    assertClose(valueOf(evidence), cityscapesScripts["meanIou"]!, `set ${at}`);
    assertClose(
      valueOf(evidence, groupMetrics[0]),
      cityscapesScripts["groupMeanIou"]!,
      `groups of set ${at}`,
    );
    table.forEach(({ iou }, index) =>
      assertClose(iou, cityscapesScripts.iou[index]!, `set ${at}, class ${index}`)
    );
  }
  // What makes the comparison worth something is in the sets.
  assert.ok(sets.some(({ expected }) => expected.iou.includes(null)));
  assert.ok(sets.some(({ images }) => images.some(({ truth }) => truth.length === 2)));
  assert.equal(boundaryTolerance(150, 260), 2);
});

Deno.test("SegmentationEvidenceBuilder equals a plain confusion matrix", () => {
  const random = new RandomStream(3, "maps");
  const draw = (most: number) => Array.from({ length: 500 }, () => random.integer(most));
  const images = ["a", "b", "c"].map((id) => line(id, draw(5), draw(5)));
  const builder = new SegmentationEvidenceBuilder({ classes: 5 });
  images.forEach((image) => builder.add(image));
  const plain = new Float64Array(25);
  for (const { truth, prediction } of images) {
    truth.forEach((row, place) => plain[5 * row + prediction[place]!]!++);
  }
  assert.deepEqual(builder.confusion(), plain);
  const ious = Array.from({ length: 5 }, (_, index) => {
    let union = -plain[6 * index]!;
    for (let other = 0; other < 5; other++) {
      union += plain[5 * index + other]! + plain[5 * other + index]!;
    }
    return plain[6 * index]! / union;
  });
  assertClose(valueOf(builder.build()), 20 * ious.reduce((sum, iou) => sum + iou, 0), "mIoU");
});

Deno.test("segmentationMetrics weigh images as they are drawn", () => {
  const images = [line("a", [0, 0, 1], [0, 1, 1]), line("b", [1, 1, 2], [1, 2, 2])];
  const evidence = collect(images, { classes: 3 });
  for (const metric of segmentationMetrics) {
    const twice = collect([...images, { ...images[1]!, id: "again" }], { classes: 3 });
    assertClose(valueOf(evidence, metric, [1, 2]), valueOf(twice, metric), metric.key);
    assertClose(
      valueOf(evidence, metric, [0, 3]),
      valueOf(collect([images[1]!], { classes: 3 }), metric),
      metric.key,
    );
  }
  assertClose(valueOf(evidence, classIouMetric(2, "sky")), 50, "IoU of one class");
  assert.equal(classIouMetric(2, "sky").title, "IoU of sky");
});

Deno.test("segmentationMetrics leave out classes that are nowhere, and count those only predicted", () => {
  const right = collect([line("a", [0, 0, 1, 255], [0, 0, 1, 4])], { classes: 5 });
  assert.equal(valueOf(right), 100);
  const wrong = collect([line("a", [0, 0, 1, 255], [0, 3, 1, 4])], { classes: 5 });
  assertClose(valueOf(wrong), 100 * (0.5 + 1 + 0) / 3, "mIoU");
  // The mean accuracy is over true classes only.
  assertClose(valueOf(wrong, meanAccuracy), 75, "mAcc");
});

Deno.test("segmentationMetrics are never NaN of images that are not judged", () => {
  const nothing = line("nothing", [255, 255], [0, 1]);
  const evidence = collect([nothing, line("b", [0, 1], [0, 1])], { classes: 2, boundaries: true });
  assert.equal(valueOf(evidence), 100);
  // A draw of that image alone has no number; intervals leave it out and say so.
  assert.equal(meanIou!.compile!(evidence)(Float64Array.of(2, 0)), NaN);
  assert.ok(metricInterval(meanIou!, [evidence], { resamples: 50 }).undefinedResamples! > 0);
  for (const metric of [...segmentationMetrics, ...boundaryMetrics]) {
    assert.throws(
      () => valueOf(collect([nothing], { classes: 2, boundaries: true }), metric),
      (error: Error) => {
        assert.ok(error instanceof TaskError);
        assert.match(error.message, /none of the 1 images has a judged pixel/);
        return true;
      },
    );
  }
});

Deno.test("segmentationMetrics give intervals and paired differences", () => {
  const evidenceOf = (errors: number) => {
    const random = new RandomStream(5, "errors");
    return collect(
      Array.from({ length: 30 }, (_, index) => {
        const truth = Array.from({ length: 200 }, () => random.integer(4));
        const found = truth.map((value) => random.uniform() < errors ? random.integer(4) : value);
        return line(`${index}`, truth, found);
      }),
      { classes: 4 },
    );
  };
  const good = evidenceOf(0.1), bad = evidenceOf(0.3);
  for (const metric of segmentationMetrics) {
    const { value, ci95: [low, high] } = metricInterval(metric, [good], { resamples: 200 });
    assert.ok(low < value && value < high, metric.key);
    const { difference, ci95 } = metricDifference(metric, [bad], [good], { resamples: 200 });
    assert.ok(difference > 5 && ci95[0] > 0, metric.key);
  }
});

Deno.test("boundaryMetrics see a boundary that moved further than the tolerance", () => {
  const side = 40;
  const half = (edge: number) =>
    Uint8Array.from({ length: side * side }, (_, place) => Number(place % side >= edge));
  const score = (edge: number, ignored?: number) => {
    const truth = half(20);
    if (ignored !== undefined) {
      truth.forEach((_, place) => place % side === ignored && (truth[place] = 255));
    }
    const image = { id: "a", height: side, width: side, truth, prediction: half(edge) };
    return valueOf(collect([image], { classes: 2, boundaries: true }), boundaryMetrics[0]);
  };
  assert.equal(boundaryTolerance(side, side), 1);
  assert.equal(score(20), 100);
  assert.equal(score(21), 100);
  assert.equal(score(22), 0);
  // Where the truth beside an edge is not judged, there is no edge.
  assert.throws(() => score(20, 20), /none of the 1 images/);
});

Deno.test("boundaryMetrics ask for evidence with boundaries", () => {
  const evidence = collect([line("a", [0, 1], [0, 1])], { classes: 2 });
  assert.throws(
    () => valueOf(evidence, boundaryMetrics[0]),
    /expected a column "boundaryPredicted"/,
  );
  assert.equal(segmentationClassTable(evidence, ["sky", "road"])[0]!.boundaryF, null);
});

Deno.test("segmentationClassTable has a row for every class", () => {
  const evidence = collect([line("a", [0, 0, 0, 1], [0, 0, 1, 1])], { classes: 4 });
  assert.deepEqual(
    segmentationClassTable(evidence, ["sky", "road", "car", "bus"]).map((
      row,
    ) => [row.name, row.share, row.iou, row.accuracy, row.precision]),
    [
      ["sky", 75, 100 * (2 / 3), 100 * (2 / 3), 100],
      ["road", 25, 50, 100, 50],
      ["car", 0, null, null, null],
      ["bus", 0, null, null, null],
    ],
  );
  assert.throws(() => segmentationClassTable(evidence, ["sky"]), /names of 2 classes, got 1/);
});

Deno.test("SegmentationEvidenceBuilder names image, value and place of what is wrong", () => {
  const add = (image: JudgedMap) => () => collect([image], { classes: 3 });
  assert.throws(
    add({ ...line("a", [0, 1, 0, 7], [0, 0, 0, 0]), width: 2, height: 2 }),
    /image a: expected a true class from 0 to 2 or 255 \(not judged\), got 7 at x = 1, y = 1/,
  );
  assert.throws(
    add(line("b", [0, 1], [0, 3])),
    /image b: expected a predicted class from 0 to 2, got 3 at x = 1, y = 0/,
  );
  // Where the truth is not judged, nothing is asked of the prediction.
  assert.equal(valueOf(add(line("b", [0, 255], [0, 99]))(), pixelAccuracy), 100);
  assert.throws(
    add({ ...line("c", [0, 1], [0, 1]), width: 3 }),
    /image c: expected a truth of 3×1 = 3 pixels, got 2/,
  );
  assert.throws(add(line("d", [0, 1], [0])), /image d: expected a prediction of 2×1 .*, got 1/);
  assert.throws(add(line("e", [], [])), /image e: expected a size .*, got 0×1/);
  assert.throws(
    add({ ...line("f", [0], [0]), width: 5000, height: 5000 }),
    /at most 16777216 pixels, got 5000×5000/,
  );
  assert.throws(() => collect([], { classes: 3 }), /there was no image/);
  for (const classes of [0, 1.5, 2000]) {
    assert.throws(() => new SegmentationEvidenceBuilder({ classes }), /Expected 1 to 1024 classes/);
  }
  assert.throws(() => new SegmentationEvidenceBuilder({ classes: 2, groups: [0] }), /got 1/);
  assert.throws(() => new SegmentationEvidenceBuilder({ classes: 2, groups: [0, 2] }), /got 2/);
});

Deno.test("SegmentationEvidenceBuilder takes maps of sixteen bits", () => {
  const image = {
    id: "a",
    height: 1,
    width: 3,
    truth: Uint16Array.of(299, 255, 65535),
    prediction: Uint16Array.of(299, 299, 0),
  };
  assert.equal(valueOf(collect([image], { classes: 300 }), pixelAccuracy), 50);
});

Deno.test("segmentationMetrics refuse evidence with classes that there cannot be", () => {
  const { sampleIds, tables } = collect([line("a", [0, 1], [0, 1])], { classes: 2 });
  const { sample, columns } = tables["classes"]!;
  for (const wrong of [-1, 0.5, 2 ** 20]) {
    const damaged = {
      sampleIds,
      tables: { classes: { sample, columns: { ...columns, class: Float32Array.of(0, wrong) } } },
    };
    assert.throws(() => valueOf(damaged), new RegExp(`"classes", row 1: .*${wrong}`));
  }
});
