import assert from "node:assert/strict";
import { join } from "node:path";
import { SampleList } from "../../core/data/sample_list.ts";
import type { MemoryViewSet } from "../../core/data/views/view_set.ts";
import { cacheFolder } from "../../core/files.ts";
import type { JointFigure } from "../../core/results/joint_figures.ts";
import { parseResult } from "../../core/results/result_schema.ts";
import { reportMarkName, sealReport } from "../../core/results/report_mark.ts";
import { hashResult } from "../../core/results/result_schema.ts";
import { reproduce } from "../reproduce.ts";
import { makeAtlas, shrink } from "./atlas.ts";
import { chooseViews, firstViewOf, presentClasses, spacedItems } from "./choose.ts";
import { confusedPairs, countConfusions } from "./class_figures.ts";
import type { EmbeddedSplit } from "./embedded_rows.ts";
import { featureFigures } from "./feature_figure.ts";

/** Views of one colour each, 8 × 8 pixels. */
function viewSet(labels: readonly number[], viewsPerSample: number): MemoryViewSet {
  const count = labels.length * viewsPerSample;
  return {
    samples: SampleList.from(labels.map((label, index) => ({ id: `s${index}`, label }))),
    viewsPerSample,
    imageSize: 8,
    pixels: Uint8Array.from({ length: count * 192 }, (_, index) => 10 * Math.floor(index / 192)),
    hash: "views",
    skipped: [],
  };
}

Deno.test("spacedItems() takes evenly spaced items, the first among them", () => {
  assert.deepEqual(spacedItems([0, 1, 2, 3, 4, 5, 6, 7, 8, 9], 4), [0, 2, 5, 7]);
  assert.deepEqual(spacedItems(["a", "b"], 4), ["a", "b"]);
});

Deno.test("chooseViews() takes all images with as many views as there is room for", () => {
  const views = viewSet([2, 0, 2], 4);
  assert.deepEqual(chooseViews(views, 7), [0, 1, 4, 5, 8, 9]);
  assert.deepEqual(chooseViews(views, 100).length, 12);
  assert.deepEqual(chooseViews(views, 2), [0, 4]);
  assert.deepEqual(presentClasses(views), [0, 2]);
  assert.equal(firstViewOf(views, 0), 4);
});

Deno.test("confusedPairs() counts both ways, and leaves out classes without views", () => {
  const labels = [0, 0, 1, 1, 2, 2];
  const rows = [[0, 1, 0, 1, 2, 3], [1, 1, 1, 1, 2, 2]];
  const counts = rows.map((predictions) => countConfusions(labels, predictions, 4));
  assert.equal(counts[0]![0 * 4 + 1], 1);
  const views = Float64Array.of(2, 2, 2, 0);
  assert.deepEqual(confusedPairs(counts, views, 5), [{ first: 0, second: 1, values: [50, 50] }]);
  assert.deepEqual(confusedPairs(counts, views, 0), []);
});

Deno.test("featureFigures() lowers its settings to few points, and draws nothing of three", async () => {
  const figuresOf = async (count: number, together: string[]) => {
    const labels = Array.from({ length: count }, (_, index) => index % 2);
    const views = viewSet(labels, 1);
    const embeddings = Float32Array.from(labels.flatMap((_, index) => [Math.cos(index), index]));
    const bank = { dimension: 2, data: Float32Array.of(1, 0, 0, 1) };
    const row = { row: "one", student: "s", teacher: "t", views, embeddings, bank };
    const split = { dataset: { classNames: ["a", "b"] }, labels, rows: [row] };
    const warnings: string[] = [];
    const { figures } = await featureFigures(
      split as unknown as EmbeddedSplit,
      {
        methods: ["umap", "t-sne"],
        points: 100,
        classes: 2,
        neighbours: 15,
        minDistance: 0.1,
        perplexity: 30,
        together,
      },
      { id: "few", column: "zs", data: "toys", split: "val", seed: 0 },
      { seed: 0, warn: (message) => warnings.push(message), onProgress: () => {} },
    );
    return { figures, warnings };
  };
  const three = await figuresOf(3, []);
  assert.deepEqual(three.figures, []);
  assert.match(three.warnings[0]!, /not drawn: expected 4 points or more, got 3/);
  const { figures, warnings } = await figuresOf(6, ["one"]);
  assert.deepEqual(warnings, []);
  assert.deepEqual(figures.map(({ panels }) => panels.length), [2, 2]);
  assert.match(figures[0]!.settings, /^5 neighbours/);
  assert.match(figures[1]!.settings, /^perplexity 1\.6/);
});

Deno.test("shrink() means the pixels that one stands for, and leaves a picture of its size as it is", () => {
  const small = shrink([1, 3, 5, 7, 1, 3, 5, 7], 1, { height: 2, width: 4 }, {
    height: 1,
    width: 2,
  });
  assert.deepEqual([...small], [2, 6]);
  const two = shrink([1, 10, 2, 20], 2, { height: 1, width: 2 }, { height: 1, width: 2 });
  assert.deepEqual([...two], [1, 10, 2, 20]);
});

Deno.test("makeAtlas() puts views side by side, line by line", async () => {
  const { default: sharp } = await import("sharp");
  const made = await makeAtlas(viewSet([0, 1, 2], 1), [2, 0, 1]);
  const { picture, ...atlas } = made!.atlas;
  assert.deepEqual(atlas, { tile: 8, columns: 2, count: 3 });
  const png = Uint8Array.fromBase64(made!.pictures[picture]!.split(",")[1]!);
  const { data, info } = await sharp(png).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  assert.deepEqual([info.width, info.height], [16, 16]);
  const at = (x: number, y: number) => data[(y * 16 + x) * 3];
  assert.deepEqual([at(1, 1), at(9, 1), at(1, 9)], [20, 0, 10]);
  assert.equal(await makeAtlas(viewSet([0], 1), []), undefined);
});

const recipe = `
table: seen
title: Seen
columns:
  - { id: zs, group: Zero-shot, header: A, task: zero-shot, data: data }
rows:
  - { id: teacher, block: T, method: CLIP, kind: run, pretrain: { method: null, teacher: main, data: data } }
  - id: seed
    block: S
    method: SEED
    kind: run
    student: S
    pretrain: { method: seed, teacher: main, student: S, data: data, length: all }
  - id: lgd
    block: S
    method: LGD
    kind: run
    student: S
    pretrain:
      method: lgd
      teacher: main
      student: S
      data: data
      text: { task: zero-shot, data: data }
      length: all
figures:
  - column: zs
    rows: [teacher, seed, lgd]
    activations: { images: 3, layer: c3 }
    features: { points: 40, classes: 4, neighbours: 5, perplexity: 5, together: [lgd] }
    confusions: { pairs: 4 }
    gain: { base: seed, other: lgd }
protocol:
  data: { data: emojinet-100 }
  teachers: { main: emoji-clip }
  students: { S: resnet18 }
  lengths: { all: 0.05 }
  pretrain:
    imageSize: 16
    widthMultiplier: 0.0625
    batchSize: 16
    viewsPerImage: 1
    learningRate: 0.05
    warmupEpochs: 0
    schedule: cosine
  methods: { seed: { queueSize: 64 } }
  tasks: { zero-shot: { templates: name } }
  evaluation: { views: 1, splits: [val] }
`;

/** A figure of a kind. */
function figureOf<Kind extends JointFigure["kind"]>(
  figures: readonly JointFigure[],
  kind: Kind,
): Extract<JointFigure, { kind: Kind }> {
  return figures.find((figure) => figure.kind === kind) as Extract<JointFigure, { kind: Kind }>;
}

Deno.test("a table makes its figures once, with CSV files beside the report", async () => {
  const folder = await Deno.makeTempDir();
  // Views and embeddings are those of other tests; figures are not.
  const figureFiles = async () =>
    (await Array.fromAsync(Deno.readDir(join(cacheFolder(), "figures"))).catch(() => []))
      .map(({ name }) => name).sort();
  const before = await figureFiles();
  try {
    const table = join(folder, "seen.yaml");
    await Deno.writeTextFile(table, recipe);
    const out = join(folder, "run");
    const options = {
      table,
      out,
      store: join(folder, "store"),
      jobs: 2,
      renderReport: (result: Parameters<typeof hashResult>[0]) =>
        Promise.resolve(
          sealReport(
            `<html><meta name="${reportMarkName}" content="${hashResult(result)}"></html>`,
          ),
        ),
    };
    const { result, trained } = await reproduce(options);
    assert.equal(trained, 2);
    assert.deepEqual(result.warnings, []);
    const joint = result.figures!.joint!;
    assert.deepEqual(joint.map(({ id }) => id), [
      "activations-1",
      "features-1-umap",
      "features-1-t-sne",
      "confusions-1",
      "gain-1",
    ]);
    const activations = figureOf(joint, "activations");
    assert.deepEqual(activations.rows.map(({ row, layer, height }) => [row, layer, height]), [
      ["teacher", "c3", 10],
      ["seed", "c3", 4],
      ["lgd", "c3", 4],
    ]);
    assert.equal(activations.images.length, 3);
    const features = figureOf(joint, "features");
    assert.deepEqual(features.panels.map(({ title }) => title), [
      ["teacher"],
      ["seed"],
      ["lgd"],
      ["teacher", "lgd"],
    ]);
    assert.deepEqual(
      features.panels[3]!.series.map(({ kind, items }) => [kind, items.length]),
      [["images", 20], ["images", 20], ["texts", 20]],
    );
    assert.equal(features.coloured.length, 4);
    const gain = figureOf(joint, "gain");
    // The same views as the table's own numbers.
    const accuracy = (row: string) => result.cells.find((cell) => cell.row === row)!.value!;
    const views = gain.classes.reduce((sum, { views }) => sum + views, 0);
    for (const side of ["base", "other"] as const) {
      const right = gain.classes.reduce((sum, one) => sum + one[side] * one.views, 0) / views;
      assert(Math.abs(right - accuracy(gain[side])) < 0.02, `${side}: ${right}`);
    }
    const confusions = figureOf(joint, "confusions");
    assert.deepEqual(
      confusions.rows.map(({ row, errors }) => [row, Math.round(100 - errors)]),
      ["teacher", "seed", "lgd"].map((row) => [row, Math.round(accuracy(row))]),
    );
    const path = join(out, "result.json");
    assert.deepEqual(parseResult(await Deno.readTextFile(path), path), result);
    const csv = await Deno.readTextFile(join(out, "report", "gain-1.csv"));
    assert.match(csv, /^class,views,seed,lgd,difference\r\n/);
    assert.equal(csv.split("\r\n").length, gain.classes.length + 2);

    // Nothing is made twice: the figures are in the cache.
    const made = (await figureFiles()).filter((name) => !before.includes(name));
    assert.equal(made.length, 1);
    const started: string[] = [];
    const again = await reproduce({
      ...options,
      overwrite: true,
      onEvent: (event) => {
        if (event.type === "started") started.push(event.job.id);
      },
    });
    assert.deepEqual(again.result.figures, result.figures);
    assert.deepEqual(started, []);
    for (const name of made) await Deno.remove(join(cacheFolder(), "figures", name));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
