import assert from "node:assert/strict";
import { join } from "node:path";
import sharp from "sharp";
import { projectFolder } from "../core/files.ts";
import { countLeftOut, describeLeftOut, type ImageCount, type LeftOut } from "../core/left_out.ts";
import { RandomStream } from "../core/random.ts";
import { parseResult } from "../core/results/result_schema.ts";
import { distill, type DistillOptions } from "./distill.ts";
import { evaluate } from "./evaluate.ts";
import { reproduce } from "./reproduce.ts";

const plugins = [join(projectFolder, "examples", "plain_student.ts")];

/** A noisy picture in the colour of its class. */
async function writePicture(path: string, color: readonly number[], seed: number): Promise<void> {
  const random = new RandomStream(1, path.split("/").at(-2)!, seed);
  const side = 24;
  const pixels = Uint8Array.from(
    { length: side * side * 3 },
    (_, index) => color[index % 3]! + random.integer(50),
  );
  await sharp(pixels, { raw: { width: side, height: side, channels: 3 } }).toFile(path);
}

async function truncate(path: string): Promise<void> {
  const bytes = await Deno.readFile(path);
  await Deno.writeFile(path, bytes.subarray(0, Math.floor(bytes.length * 0.6)));
}

/** Files of the folder that its images are counted from: all but hidden ones and lists of names. */
const pictures = { train: 3 * 8, val: 2 * 4 };
/** What is left out of each split while it is listed, all files. */
const unread = { train: 5, val: 1 };

/** Three classes, of which "owl" has no image in val; damaged and foreign files among them. */
async function makeFolder(root: string): Promise<void> {
  const classes = { dog: [200, 60, 60], cat: [60, 60, 200], owl: [60, 200, 60] };
  for (const split of ["train", "val"] as const) {
    for (const [name, color] of Object.entries(classes)) {
      if (split === "val" && name === "owl") continue;
      const folder = join(root, split, name);
      await Deno.mkdir(folder, { recursive: true });
      for (let image = 0; image < (split === "train" ? 8 : 4); image++) {
        await writePicture(join(folder, `${image}.${image % 2 ? "JPG" : "png"}`), color, image);
      }
    }
  }
  await truncate(join(root, "train", "dog", "1.JPG"));
  await truncate(join(root, "val", "cat", "3.JPG"));
  await Deno.writeTextFile(join(root, "train", "cat", "old.bmp"), "BM");
  await Deno.writeTextFile(join(root, "train", "dog", "old.bmp"), "BM");
  await Deno.writeTextFile(join(root, "train", "cat", "Thumbs.db"), "");
  await Deno.writeTextFile(join(root, "train", "cat", ".DS_Store"), "");
  await Deno.symlink("0.png", join(root, "train", "cat", "again.png"));
  await Deno.writeTextFile(join(root, "val", "dog", "note"), "");
  await Deno.mkdir(join(root, "holdout"));
}

interface Place {
  readonly root: string;
  readonly data: string;
  readonly folder: string;
  readonly options: (name: string, more?: DistillOptions) => DistillOptions;
}

const settings = [
  "pretrain.batchSize=8",
  "methods.seed.queueSize=16",
  "pretrain.imageSize=16",
  "pretrain.viewsPerImage=2",
  "pretrain.templates=name",
];

async function withPlace(test: (place: Place) => Promise<void>): Promise<void> {
  const folder = await Deno.realPath(await Deno.makeTempDir());
  const root = join(folder, "photos");
  const data = `imagefolder:${root}`;
  try {
    await makeFolder(root);
    await test({
      root,
      data,
      folder,
      options: (name, more = {}) => ({
        data,
        method: "seed",
        student: "plain",
        plugins,
        epochs: 3,
        size: "smoke",
        set: settings,
        out: join(folder, name),
        store: join(folder, "store"),
        ...more,
      }),
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const totalOf = (entries: readonly LeftOut[], stage: string, units = ["image", "file"]) =>
  entries.filter((entry) => entry.stage === stage && units.includes(entry.unit ?? "image"))
    .reduce((sum, { count }) => sum + count, 0);

/** Files found = used + left out by reason, for a split. */
function assertAddsUp(
  split: "train" | "val",
  data: string,
  leftOut: readonly LeftOut[],
  images: readonly ImageCount[],
): void {
  const counts = images.find((own) => own.split === split && own.data === data)!;
  const damaged = totalOf(leftOut, `${data}, ${split}, decoding`);
  const listing = totalOf(leftOut, `${data}, ${split}, listing`);
  assert.equal(listing, unread[split], JSON.stringify(leftOut, null, 1));
  assert.equal(counts.listed, pictures[split]);
  assert.equal(damaged, 1);
  assert.equal(pictures[split] + unread[split], counts.used + damaged + listing);
  const broken = leftOut.find(({ stage }) => stage === `${data}, ${split}, decoding`)!;
  assert.match(broken.what, split === "val" ? /^val\/cat\/3\.JPG$/ : /^train\/dog\/1\.JPG$/);
  assert.match(broken.reason, /premature|VipsJpeg|end|corrupt header/i);
  assert.equal(totalOf(leftOut, `${data}, listing`, ["folder"]), 1, "holdout");
}

Deno.test("evaluate tells every image and class that is left out, and n is what is left", () =>
  withPlace(async ({ data, folder, options }) => {
    const { student, summary } = await distill(options("fixed"));
    assertAddsUp("train", data, summary.leftOut, [summary.images]);
    const measure = async (task: string) => {
      const out = join(folder, task);
      const evaluation = await evaluate({
        checkpoint: student,
        task,
        plugins,
        size: "smoke",
        out,
        store: join(folder, "store"),
      });
      const written = JSON.parse(await Deno.readTextFile(join(out, "evaluation.json")));
      assert.deepEqual(written.leftOut, evaluation.leftOut);
      assert.deepEqual(written.images, evaluation.images);
      assertAddsUp("val", data, evaluation.leftOut, evaluation.images);
      const [{ splits }] = evaluation.metrics as [typeof evaluation.metrics[number]];
      assert.deepEqual(splits.map(({ n }) => n), [7]);
      const classes = evaluation.leftOut.filter(({ unit }) => unit === "class");
      assert.deepEqual(classes.map(({ what, stage }) => [what, stage]), [["owl", `${data}, val`]]);
      assert.match(
        evaluation.warnings.join("\n"),
        /no images in val for 1 of its 3 classes: "owl"/,
      );
      return evaluation;
    };
    const first = await measure("k-nn");
    // Neighbours are training images: those that are damaged are told as well.
    assertAddsUp("train", data, first.leftOut, first.images);
    const again = await measure("k-nn");
    assert.equal(again.ran, false);
    assert.deepEqual(again.leftOut, first.leftOut);
    assert.deepEqual(again.warnings, first.warnings);
  }));

Deno.test("a training on fresh views tells the damaged images that it met", () =>
  withPlace(async ({ data, options }) => {
    const fresh = { set: [...settings, "pretrain.views=fresh"] };
    const { summary } = await distill(options("fresh", fresh));
    assertAddsUp("train", data, summary.leftOut, [summary.images]);
    // A part of an epoch meets some images only; what it leaves out is not more than there is.
    const { summary: short } = await distill(options("short", { ...fresh, epochs: 0.4 }));
    assert.ok(short.images.used >= pictures.train - 1);
  }));

Deno.test("a table tells what its trainings and measurements left out, in result.json and in words", () =>
  withPlace(async ({ data, folder }) => {
    const table = join(folder, "own.yaml");
    await Deno.writeTextFile(
      table,
      `
table: own
title: Own
note: A test.
extends: distillation
columns:
  - { id: knn, group: K-NN, header: Photos, task: k-nn, data: photos }
rows:
  - id: seed
    block: Plain
    method: SEED
    kind: run
    pretrain: { method: seed, teacher: main, student: S, data: photos, length: long }
protocol:
  data: { photos: "${data}" }
  teachers: { main: emoji-clip }
  students: { S: plain }
sizes:
  smoke: &all
    note: A test.
    seeds: 2
    protocol:
      lengths: { long: 2 }
      pretrain: { imageSize: 16, batchSize: 8, viewsPerImage: 2, warmupEpochs: 0.1 }
      methods: { seed: { queueSize: 16 } }
      evaluation: { views: 1, splits: [val] }
  mini: *all
  paper: *all
`,
    );
    const { result } = await reproduce({
      table,
      size: "smoke",
      plugins,
      out: join(folder, "run"),
      store: join(folder, "store"),
      jobs: 1,
      renderReport: () => Promise.resolve("<html></html>"),
    });
    assert.equal(result.finished, true);
    const path = join(folder, "run", "result.json");
    const { leftOut, images } = parseResult(await Deno.readTextFile(path), path);
    assert.deepEqual(leftOut, result.leftOut);
    assertAddsUp("train", data, leftOut, images!);
    assertAddsUp("val", data, leftOut, images!);
    assert.deepEqual(result.cells.map(({ n }) => n), [7]);
    assert.equal(countLeftOut(leftOut), "2 images, 6 files, 1 folder and 1 class");
    assert.match(
      leftOut.map(describeLeftOut).join("\n"),
      /2 files \*\.bmp \(.*train, listing\): files that end in \.bmp are not read, only .* \(train\/cat\/old\.bmp, train\/dog\/old\.bmp\)/,
    );
  }));
