import assert from "node:assert/strict";
import { DataError, TaskError } from "../../errors.ts";
import { RandomStream } from "../../random.ts";
import { validateEvidence } from "../../results/evidence.ts";
import { decodeEvidence, encodeEvidence } from "../../results/evidence_file.ts";
import { DetectionEvidenceBuilder } from "./detection_evidence.ts";
import { errorBreakdown } from "./error_breakdown.ts";
import { mergeMasks } from "../run_length_overlap.ts";
import type { JudgedImage } from "./judged_image.ts";
import { wrongThresholds } from "./outcome.ts";
import { classAgnosticSummary, cocoSummary, lvisSummary } from "./summary.ts";
import { collectEvidence, plainImage, randomTruth, rectangle } from "./testdata/plain_images.ts";

const frequency = ["rare", "common", "frequent", "frequent"] as const;

/** Images whose detections are made of the truth. */
function oracleImages(relabel = (category: number, _place: number) => category): JudgedImage[] {
  return Array.from({ length: 30 }, (_, index) => {
    const truth = randomTruth(index);
    const found = truth.map((object, place) => ({
      ...object,
      category: relabel(object.category, 5 * index + place),
      score: 0.9 - 0.01 * place,
    }));
    return plainImage(`${index}`, truth, found);
  });
}

Deno.test("evidence of the truth as detections gives 100 in every column", () => {
  const coco = collectEvidence(oracleImages());
  const lvis = collectEvidence(oracleImages(), { protocol: "lvis", categoryFrequency: frequency });
  validateEvidence(coco, "the oracle");
  for (const kind of ["box", "mask"] as const) {
    const numbers = [
      cocoSummary(coco, kind),
      classAgnosticSummary(coco, kind),
      lvisSummary(lvis, kind),
    ];
    for (const [key, value] of numbers.flatMap((summary) => Object.entries(summary))) {
      // One detection of an image cannot find all objects of a category.
      if (!key.endsWith("Ar1")) assert.equal(value, 100, key);
    }
    const { ap50, errors, falsePositive, falseNegative } = errorBreakdown(coco, kind);
    assert.equal(ap50, 100);
    assert.deepEqual(errors.map(({ count, deltaAp }) => [count, deltaAp]), Array(6).fill([0, 0]));
    assert.deepEqual([falsePositive, falseNegative], [0, 0]);
  }
});

Deno.test("evidence of shuffled labels is near 0, regardless of categories 100", () => {
  const random = new RandomStream(0, "labels");
  const many = Array.from({ length: 150 }, () => random.integer(100));
  const images = oracleImages((_, place) => many[place]!).map((image) => ({
    ...image,
    truth: { ...image.truth, categories: image.truth.categories.map((_, at) => (7 * at) % 100) },
  }));
  const evidence = collectEvidence(images, { categories: 100 });
  assert.ok(cocoSummary(evidence, "box")["boxAp"]! < 5);
  assert.equal(classAgnosticSummary(evidence, "box")["classAgnosticBoxAp50"], 100);
  const { errors } = errorBreakdown(evidence, "box");
  assert.ok(errors.find(({ key }) => key === "classification")!.deltaAp > 90);
});

Deno.test("evidence judges class-agnostic detections apart from the others", () => {
  const truth = [{ box: [0, 0, 40, 40] as const, category: 1 }];
  const found = [3, 2, 1].map((category) => ({
    box: [0, 0, 40, 40 + category] as const,
    category,
    score: 0.1 * category,
  }));
  const image = plainImage("a", truth, found), free = plainImage("b", truth, []);
  const { detections } = plainImage("a", truth, found.slice(0, 1));
  const judge = (images: readonly JudgedImage[], classAgnostic: boolean) =>
    collectEvidence(images, { classAgnostic });
  // An object under three labels: the last of three finds an object that is taken, or its own.
  const together = judge([image, free], false);
  const apart = judge([
    { ...image, detections: { ...image.detections, classAgnostic: detections } },
    { ...free, detections: { ...free.detections, classAgnostic: detections } },
  ], true);
  validateEvidence(apart, "class-agnostic");
  for (const kind of ["box", "mask"] as const) {
    const title = kind === "box" ? "Box" : "Mask";
    assert.ok(classAgnosticSummary(together, kind)[`classAgnostic${title}Ap50`]! < 51);
    assert.equal(classAgnosticSummary(apart, kind)[`classAgnostic${title}Ap50`], 100);
    assert.equal(classAgnosticSummary(apart, kind)[`classAgnostic${title}Ar100`]! > 70, true);
    assert.deepEqual(cocoSummary(apart, kind), cocoSummary(together, kind));
    assert.deepEqual(errorBreakdown(apart, kind), errorBreakdown(together, kind));
  }
  const read = decodeEvidence(encodeEvidence(apart), "here");
  assert.deepEqual(classAgnosticSummary(read, "box"), classAgnosticSummary(apart, "box"));
  assert.throws(
    () => judge([image], true),
    (error) => error instanceof TaskError && /image a: expected class-agnostic/.test(error.message),
  );
  const damaged = { ...detections, scores: Float32Array.of(NaN) };
  assert.throws(
    () => judge([{ ...image, detections: { ...image.detections, classAgnostic: damaged } }], true),
    /class-agnostic: score of detection 0: expected finite numbers, got NaN/,
  );
});

Deno.test("evidence keeps its numbers as a file", () => {
  const images = Array.from({ length: 12 }, (_, index) => {
    const random = new RandomStream(index, "file");
    const truth = randomTruth(index);
    const found = randomTruth(index + 100).map((one) => ({ ...one, score: random.uniform() }));
    return plainImage(`${index}`, truth, found);
  });
  const evidence = collectEvidence(images);
  const read = decodeEvidence(encodeEvidence(evidence), "here");
  assert.deepEqual(cocoSummary(read, "mask"), cocoSummary(evidence, "mask"));
  assert.deepEqual(errorBreakdown(read, "box"), errorBreakdown(evidence, "box"));
});

Deno.test("evidence of images without objects or detections is defined", () => {
  const evidence = collectEvidence([plainImage("a", [], []), plainImage("b", [], [])]);
  validateEvidence(evidence, "nothing");
  assert.ok(Object.values(cocoSummary(evidence, "mask")).every((value) => value === -1));
  assert.equal(errorBreakdown(evidence, "box").ap50, null);
  const found = [{ box: [0, 0, 9, 9] as const, category: 1 }];
  const surplus = collectEvidence([plainImage("a", [], found)]);
  assert.ok(Object.values(cocoSummary(surplus, "box")).every((value) => value === -1));
  assert.equal(errorBreakdown(surplus, "box").ap50, 0);
  assert.equal(errorBreakdown(surplus, "box").errors[4]!.count, 1);
});

Deno.test("evidence takes boxes of no area, inside out, or outside the image", () => {
  const truth = [
    { box: [10, 10, 10, 50] as const, category: 0 },
    { box: [20, 20, 60, 60] as const, category: 0 },
    { box: [-50, -50, 30, 30] as const, category: 1 },
  ];
  const found = [
    { box: [10, 10, 10, 50] as const, category: 0, score: 0.9 },
    { box: [60, 60, 20, 20] as const, category: 0, score: 0.8 },
    { box: [-50, -50, 30, 30] as const, category: 1, score: 0.7 },
    { box: [500, 500, 900, 900] as const, category: 3, score: 0.6 },
  ];
  const evidence = collectEvidence([plainImage("a", truth, found, false)], { masks: false });
  validateEvidence(evidence, "odd boxes");
  const summary = cocoSummary(evidence, "box");
  // Category 0 has nothing right, category 1 all, and category 3 no object.
  assert.equal(summary["boxAp"], 50);
});

Deno.test("evidence judges the best 100 of a thousand objects and detections of an image", () => {
  const many = Array.from({ length: 1000 }, (_, index) => {
    const x = 5 * (index % 40), y = 7 * Math.floor(index / 40);
    return { box: [x, y, x + 4, y + 6] as const, category: 2, score: 1 - index / 2000 };
  });
  const evidence = collectEvidence([plainImage("a", many, many)]);
  assert.equal(evidence.tables["detections"]!.sample.length, 100);
  const summary = cocoSummary(evidence, "mask");
  assert.ok(Math.abs(summary["maskAr100"]! - 10) < 1e-9);
  assert.equal(evidence.tables["truth"]!.columns["small"]![0], 1000);
});

Deno.test("evidence takes the area of an object from annotation, mask or box, in this order", () => {
  const truth = [{ box: [0, 0, 100, 100] as const, category: 0 }];
  const image = plainImage("a", truth, []);
  const large = (image: JudgedImage) =>
    collectEvidence([image], { masks: false }).tables["truth"]!.columns["large"]![0];
  const tiny = { kind: "rle" as const, ...rectangle([0, 0, 3, 3]) };
  assert.equal(large(image), 1);
  assert.equal(large({ ...image, truth: { ...image.truth, masks: [tiny] } }), 0);
  const areas = Float64Array.of(10_000);
  assert.equal(large({ ...image, truth: { ...image.truth, masks: [tiny], areas } }), 1);
  assert.equal(large({ ...image, truth: { ...image.truth, masks: [] } }), 1);
});

Deno.test("evidence by LVIS's rules judges the categories that an image was labelled for", () => {
  const truth = [{ box: [0, 0, 40, 40] as const, category: 0 }];
  const found = [0, 1, 2, 3].map((category) => ({
    box: [0, 100 + 10 * category, 50, 180] as const,
    category,
  }));
  const image = plainImage("a", truth, found);
  const judge = (federated?: NonNullable<JudgedImage["truth"]["federated"]>) => {
    const known = federated === undefined ? image.truth : { ...image.truth, federated };
    const evidence = collectEvidence([{ ...image, truth: known }], {
      protocol: "lvis",
      categoryFrequency: frequency,
    });
    const { category, "box.all": outcome } = evidence.tables["detections"]!.columns;
    return Array.from(category!, (one, row) => [one, wrongThresholds(outcome![row]!) > 0]);
  };
  // Category 0 has an object, 1 is absent, 2 labelled in part; of 3 nothing is known.
  const federated = { negative: Uint32Array.of(1), notExhaustive: Uint32Array.of(0) };
  assert.deepEqual(judge(federated), [[0, false], [1, true]]);
  assert.deepEqual(judge({ ...federated, notExhaustive: Uint32Array.of(2) }), [[0, true], [
    1,
    true,
  ]]);
  assert.deepEqual(judge(), [[0, true], [1, true], [2, true], [3, true]]);
});

Deno.test("evidence draws polygons, with several parts, and names one that is damaged", () => {
  const boxes = [[0, 0, 60, 60], [100, 100, 140, 160]] as const;
  const polygon = ([x0, y0, x1, y1]: readonly number[]) =>
    Float64Array.of(x0!, y0!, x1!, y0!, x1!, y1!, x0!, y1!);
  const image = plainImage("a", [{ box: [0, 0, 140, 160], category: 0 }], [
    { box: [0, 0, 140, 160], category: 0 },
  ]);
  const masks = [{ kind: "polygons" as const, polygons: boxes.map(polygon) }];
  const found = mergeMasks(boxes.map((box) => rectangle(box)), "union");
  const parts = {
    ...image,
    truth: { ...image.truth, masks },
    detections: { ...image.detections, masks: [found] },
  };
  const evidence = collectEvidence([parts]);
  assert.equal(cocoSummary(evidence, "mask")["maskAp"], 100);
  assert.equal(evidence.tables["truth"]!.columns["medium"]![0], 1);
  const damaged = [{ kind: "polygons" as const, polygons: [Float64Array.of(0, NaN, 9, 9, 0, 9)] }];
  assert.throws(
    () => collectEvidence([{ ...parts, truth: { ...image.truth, masks: damaged, ids: [31] } }]),
    /image a, object 0 \(annotation 31\)/,
  );
});

Deno.test("DetectionEvidenceBuilder names the image and the object that is wrong", () => {
  const truth = [{ box: [0, 0, 10, 10] as const, category: 0 }];
  const image = plainImage("scene 7", truth, truth);
  const refuses = (change: Partial<JudgedImage>, message: RegExp, error = TaskError) =>
    assert.throws(() => collectEvidence([{ ...image, ...change }]), (thrown: Error) => {
      assert.ok(thrown instanceof error, thrown.name);
      assert.match(thrown.message, /scene 7/);
      assert.match(thrown.message, message);
      return true;
    });
  const objects = image.truth, found = image.detections;
  refuses({ truth: { ...objects, categories: Uint32Array.of(4) } }, /object 0.* 0 to 3, got 4/);
  refuses(
    { truth: { ...objects, boxes: Float32Array.of(0, 0, NaN, 1), ids: [4711] } },
    /object 0 \(annotation 4711\).*finite/,
  );
  refuses({ truth: { ...objects, areas: Float64Array.of(-1) } }, /area of 0 or more, got -1/);
  refuses({ truth: { ...objects, areas: Float64Array.of(1, 2) } }, /1 areas.* got 2/);
  refuses({ truth: { ...objects, crowd: new Uint8Array(2) } }, /got 4, 1 and 2/);
  refuses({ truth: { ...objects, masks: [] } }, /1 masks, one for each object, got 0/);
  refuses({
    truth: {
      ...objects,
      masks: [{ kind: "rle", height: 9, width: 9, counts: Uint32Array.of(81) }],
    },
  }, /200 × 200 pixels.* 9 × 9/);
  refuses(
    {
      truth: {
        ...objects,
        ids: ["x"],
        masks: [{ kind: "rle", height: 200, width: 200, counts: Uint32Array.of(8) }],
      },
    },
    /object 0 \(annotation x\): run lengths sum to 8/,
    DataError as typeof TaskError,
  );
  refuses({ detections: { ...found, labels: Uint32Array.of(9) } }, /label from 0 to 3, got 9/);
  refuses({ detections: { ...found, scores: Float32Array.of(NaN) } }, /score of detection 0.*NaN/);
  refuses({ detections: { ...found, boxes: Float32Array.of(0, 0, Infinity, 1) } }, /Infinity/);
  refuses({ detections: { ...found, scores: new Float32Array(2) } }, /got 4, 2 and 1/);
  refuses({ detections: { ...found, masks: [] } }, /1 masks, one for each detection, got 0/);
  const damaged = { height: 200, width: 200, counts: Uint32Array.of(3) };
  refuses({ detections: { ...found, masks: [damaged] } }, /sum to 40000, got 3/);
  const builder = new DetectionEvidenceBuilder({ categories: 4 });
  builder.add(image);
  assert.throws(() => builder.add(image), /scene 7: it was added before/);
});

Deno.test("DetectionEvidenceBuilder needs images, and frequencies where LVIS's rules hold", () => {
  const empty = new DetectionEvidenceBuilder({ categories: 1 });
  assert.throws(() => empty.build(), /no image was added/);
  assert.throws(
    () => new DetectionEvidenceBuilder({ categories: 2, protocol: "lvis" }),
    /frequency of each of 2 categories .* got none/,
  );
});
