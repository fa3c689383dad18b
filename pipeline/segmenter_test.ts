import assert from "node:assert/strict";
import { join, relative } from "node:path";
import sharp from "sharp";
import { runCommand } from "../core/testdata/run_command.ts";
import { encodePng } from "../core/data/encode_png.ts";
import { ConfigError, DataError, exitCodes } from "../core/errors.ts";
import { studentSpecs } from "../core/methods/student_inference.ts";
import type { ParameterSpec } from "../core/nn/module_context.ts";
import { initializeFlat, namedParts, type NamedTensors } from "../core/nn/parameters.ts";
import { userFolder } from "../core/paths.ts";
import { RandomStream } from "../core/random.ts";
import { drawSegmentation } from "../reports/draw_segmentation.ts";
import { students } from "../students/registry.ts";
import { Segmenter } from "../tasks/segmentation/segmenter.ts";
import { segmenterSpecs } from "../tasks/segmentation/segmenter_inference.ts";
import { encodeSegmenterFile } from "../tasks/segmentation/segmenter_metadata.ts";
import { segmenterSpecOf } from "../tasks/segmentation/segmenter_options.ts";
import { segmentationSettings } from "../tasks/segmentation/settings.ts";
import { drawnImage } from "./drawn_image.ts";
import { exportSegmenter } from "./export_segmenter.ts";
import { segment, type SegmentationDocument, type SegmentOptions } from "./segment.ts";
import { decodeSegmenterFile, readSegmenterFile } from "./segmenter_file.ts";
import { studentBackbone } from "./student_backbone.ts";
import { encodeStudentFile, type StudentHead } from "./student_metadata.ts";

const imageSize = 32, widthMultiplier = 0.125;
const classNames = ["road", "sky", "a tree"];
const shape = { height: 48, width: 64 };

const backbone = () => studentBackbone(students.get("resnet18"), { imageSize, widthMultiplier });

/** Fresh weights, those of the last layer far apart, so that no class wins everywhere. */
function madeWeights(specs: readonly ParameterSpec[]): NamedTensors {
  const weights = namedParts(initializeFlat(specs, 3), specs);
  for (const [name, { data }] of weights) {
    const random = new RandomStream(1, name);
    if (/classifier\.4|segmentation_head/.test(name)) {
      data.forEach((_, at) => data[at] = random.normal());
    }
  }
  return weights;
}

function segmenterBytes(head: "fcn" | "deeplab_v3_plus" | "pspnet" | "deeplab_v3"): Uint8Array {
  const settings = segmentationSettings.parse({
    head: { name: head, channels: 16, rates: [1, 2] },
    images: { crop: shape },
  });
  const spec = segmenterSpecOf(backbone(), settings, classNames.length);
  return encodeSegmenterFile(madeWeights(segmenterSpecs(spec)), {
    student: "resnet18",
    imageSize,
    widthMultiplier,
    stem: "small",
    settings,
    data: "made up",
    classNames,
    seed: 0,
    steps: 1,
  });
}

function studentBytes(head: StudentHead): Uint8Array {
  const specs = studentSpecs({ imageSize, backbone: backbone(), head });
  return encodeStudentFile(namedParts(initializeFlat(specs, 4), specs), {
    student: "resnet18",
    imageSize,
    widthMultiplier,
    stem: "small",
    head,
    teacher: head.output === "embedding" ? "emoji-clip" : null,
    teacherHash: null,
    classNames: [],
    pretrain: null,
    modelKey: null,
    seed: 0,
    steps: 1,
  });
}

async function labelsOf(path: string): Promise<{ labels: Uint8Array; colours: Set<string> }> {
  const bytes = await Deno.readFile(path);
  // A palette: sharp gives its colours, so their numbers are looked up in it.
  const place = new TextDecoder("latin1").decode(bytes).indexOf("PLTE") + 4;
  const palette = classNames.map((_, at) => bytes.subarray(place + 3 * at, place + 3 * at + 3));
  const colours = palette.map((colour) => colour.join());
  const { data } = await sharp(bytes).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  const labels = Uint8Array.from(
    { length: data.length / 3 },
    (_, pixel) => colours.indexOf(data.subarray(3 * pixel, 3 * pixel + 3).join()),
  );
  return { labels, colours: new Set(colours) };
}

async function inFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function refuse(
  work: Promise<unknown>,
  kind: typeof ConfigError | typeof DataError,
  reason: RegExp,
): Promise<void> {
  return assert.rejects(work, (error) => {
    assert.ok(error instanceof kind, String(error));
    assert.match(error.message, reason);
    return true;
  });
}

Deno.test("segment() by a segmenter writes pictures, labels and shares", () =>
  inFolder(async (folder) => {
    const model = join(folder, "segmenter.safetensors");
    const bytes = segmenterBytes("fcn");
    await Deno.writeFile(model, bytes);
    const pictures = [join(folder, "a.png"), join(folder, "d", "A.png")];
    await Deno.mkdir(join(folder, "d"));
    const drawn = [drawnImage(0, shape), drawnImage(1, { height: 40, width: 56 })];
    for (const [index, path] of pictures.entries()) {
      await Deno.writeFile(path, await encodePng(drawn[index]!));
    }
    await Deno.writeTextFile(join(folder, "text.png"), "no picture");
    const here = relative(userFolder(), folder);
    const given = ["a.png", "d/A.png", "text.png", "missing.png"].map((name) => join(here, name));
    const find = (options: Partial<SegmentOptions> = {}) =>
      segment({
        model,
        images: given,
        out: join(folder, "found"),
        draw: drawSegmentation,
        ...options,
      });
    const { json, images, failed, warnings } = await find();
    assert.deepEqual(warnings, []);
    assert.deepEqual(failed.map(({ path }) => path), given.slice(2));
    const document: SegmentationDocument = JSON.parse(await Deno.readTextFile(json));
    assert.deepEqual(document.images.map(({ drawn, labels }) => [drawn, labels]), [
      ["a.segments.png", "a.labels.png"],
      ["A-2.segments.png", "A-2.labels.png"],
    ]);
    assert.deepEqual(document.images.map(({ id, file_name }) => [id, file_name]), [
      [1, given[0]],
      [2, given[1]],
    ]);
    assert.deepEqual(document.classes, [
      { id: 0, name: "road", colour: "#800000" },
      { id: 1, name: "sky", colour: "#008000" },
      { id: 2, name: "a tree", colour: "#808000" },
    ]);
    assert.deepEqual(document.failed.map(({ file_name }) => file_name), given.slice(2));
    const file = await readSegmenterFile(model);
    const segmenter = new Segmenter(file.spec, file.weights);
    for (const [index, image] of images.entries()) {
      const expected = await segmenter.segment(drawn[index]!);
      assert.deepEqual((await labelsOf(image.labels)).labels, expected);
      assert.deepEqual(document.images[index]!.classes, image.classes);
      const total = image.classes.reduce((sum, { share }) => sum + share, 0);
      assert.ok(Math.abs(total - 1) < 1e-9);
      for (const { id, pixels } of image.classes) {
        assert.equal(expected.filter((label) => label === id).length, pixels);
      }
      const { width } = await sharp(image.drawn).metadata();
      assert.ok(width! >= 480);
    }
    assert.ok(images[0]!.classes.length > 1, "there is more than one class");
    assert.deepEqual(document.images.map(({ seen }) => seen), [shape, { height: 40, width: 56 }]);
    await segmenter.release();
    // What is asked for besides.
    const looked = await find({ window: { height: 32, width: 32 }, scales: [0.5, 1], flip: true });
    assert.equal(looked.images.length, 2);
    await refuse(find({ images: [] }), ConfigError, /Expected a picture, got none/);
    await refuse(find({ scales: [] }), ConfigError, /--scales: expected 1 to 16.* got none/);
    await refuse(find({ scales: [17] }), ConfigError, /--scales: .* got 17/);
    await refuse(
      find({ window: { height: 0, width: 8 } }),
      ConfigError,
      /--window: expected a whole number from 1 to 8192, got 0/,
    );
    await refuse(find({ names: "x.txt" }), ConfigError, /--names: the segmenter .* has classes of/);
    await refuse(find({ outputStride: 8 }), ConfigError, /--output-stride: the segmenter/);
    await refuse(find({ images: given.slice(2) }), DataError, /Cannot read any of the pictures/);
    await refuse(
      find({ images: [...given, images[0]!.drawn] }),
      ConfigError,
      /a\.segments\.png: that is read/,
    );
    await refuse(find({ images: [...given, images[1]!.labels] }), ConfigError, /would be lost/);
    const run = join(folder, "run");
    await Deno.mkdir(run);
    await Deno.writeTextFile(join(run, "lock.json"), "");
    await refuse(find({ out: run }), ConfigError, /it holds a run/);
    await refuse(exportSegmenter({ checkpoint: model, out: run }), ConfigError, /it holds a run/);
    const damaged = bytes.slice();
    damaged[damaged.length - 5]! ^= 1;
    assert.throws(() => decodeSegmenterFile(damaged, "damaged"), /checksum is wrong/);
    await refuse(
      readSegmenterFile(join(folder, "none")),
      DataError,
      /none: there is no such file; make one with/,
    );
  }));

Deno.test("segment() by names needs a distillation head and a list of names", () =>
  inFolder(async (folder) => {
    const paths = {
      student: "student",
      supervised: "supervised",
      names: "names.txt",
      image: "a.png",
    };
    const at = (name: keyof typeof paths) => join(folder, paths[name]);
    await Deno.writeFile(at("student"), studentBytes({ output: "embedding", dimension: 256 }));
    await Deno.writeFile(at("supervised"), studentBytes({ output: "logits", dimension: 5 }));
    await Deno.writeFile(at("image"), await encodePng(drawnImage(2, shape)));
    await Deno.writeTextFile(at("names"), "cat\ndog # a comment\ncar\n");
    const find = (options: Partial<SegmentOptions>) =>
      segment({
        model: at("student"),
        names: at("names"),
        images: [at("image")],
        out: join(folder, "found"),
        draw: drawSegmentation,
        ...options,
      });
    const { images, warnings } = await find({ outputStride: 8, templates: "emoji" });
    assert.ok(images[0]!.classes.every(({ name }) => ["cat", "dog", "car"].includes(name)));
    assert.match(
      warnings.join(),
      /was distilled from other weights than those of teacher "emoji-clip"/,
    );
    const teacher = await find({ model: "teacher:emoji-clip" });
    assert.deepEqual(teacher.warnings, []);
    const { names: _, ...unnamed } = { names: undefined, model: at("student") };
    await refuse(
      segment({ ...unnamed, images: [at("image")], out: folder, draw: drawSegmentation }),
      ConfigError,
      /it knows no classes; say which with --names FILE/,
    );
    await refuse(find({ model: at("supervised") }), ConfigError, /it has no distillation head/);
    await refuse(find({ model: join(folder, "none") }), DataError, /there is no such file/);
    await refuse(find({ names: join(folder, "none.txt") }), ConfigError, /none\.txt: there is no/);
    await refuse(find({ outputStride: 65 }), ConfigError, /--output-stride: .* 1 to 64, got 65/);
    await refuse(
      find({ model: "teacher:emoji-clip", teacher: "emoji-clip" }),
      ConfigError,
      /--teacher: the model is a teacher itself/,
    );
    const names = await Deno.readTextFile(at("names"));
    await Deno.rename(at("names"), join(folder, "a.labels.png"));
    await refuse(
      find({ names: join(folder, "a.labels.png"), out: folder }),
      ConfigError,
      /would be lost/,
    );
    assert.equal(await Deno.readTextFile(join(folder, "a.labels.png")), names);
  }));

for (const head of ["fcn", "deeplab_v3", "deeplab_v3_plus", "pspnet"] as const) {
  Deno.test(`an exported segmenter with ${head} has the pixels of segment()`, () =>
    inFolder(async (folder) => {
      const model = join(folder, "segmenter.safetensors");
      await Deno.writeFile(model, segmenterBytes(head));
      const { onnx, shape: written, difference } = await exportSegmenter({ checkpoint: model });
      assert.deepEqual(written, shape);
      assert.ok(difference.logits < 1e-5 && difference.pixels < 1e-3, JSON.stringify(difference));
      const pictures = [join(folder, "same.png"), join(folder, "other.png")];
      await Deno.writeFile(pictures[0]!, await encodePng(drawnImage(3, shape)));
      await Deno.writeFile(pictures[1]!, await encodePng(drawnImage(4, { height: 30, width: 50 })));
      const find = async (model: string) => {
        const out = join(folder, model.endsWith(".onnx") ? "exported" : "own");
        const { images, warnings } = await segment({
          model,
          images: pictures,
          out,
          draw: drawSegmentation,
        });
        assert.deepEqual(warnings, []);
        return await Promise.all(images.map(async ({ labels }) => (await labelsOf(labels)).labels));
      };
      const [own, exported] = [await find(model), await find(onnx)];
      const differing = own[0]!.filter((label, pixel) => label !== exported[0]![pixel]).length;
      assert.ok(differing <= 2, `${differing} pixels differ`);
      assert.equal(exported[1]!.length, 30 * 50);
      await refuse(
        segment({
          model: onnx,
          images: pictures,
          out: folder,
          draw: drawSegmentation,
          window: { height: 8, width: 8 },
        }),
        ConfigError,
        /takes images of 48 × 64 alone/,
      );
      await refuse(
        exportSegmenter({ checkpoint: model, shape: { height: 4, width: 64 } }),
        ConfigError,
        /--shape: expected sides from 8, the output stride, to 4096, got 4x64/,
      );
    }));
}

Deno.test("segment and export tell on the command line what they wrote", () =>
  inFolder(async (folder) => {
    const model = join(folder, "segmenter.safetensors");
    await Deno.writeFile(model, segmenterBytes("fcn"));
    await Deno.writeFile(join(folder, "picture.png"), await encodePng(drawnImage(5, shape)));
    const run = (...args: string[]) => runCommand(args, { INIT_CWD: folder });
    const exported = await run("export", "segmenter.safetensors", "--shape", "32x40");
    assert.equal(exported.code, 0, exported.errors);
    assert.match(
      exported.output,
      /segmenter\.onnx\n {2}images of 32 × 40; outputs: logits, classes/,
    );
    const found = await run(
      "segment",
      "export/segmenter.onnx",
      "picture.png",
      "missing.png",
      "--out",
      "found",
      "--json",
    );
    assert.equal(found.code, exitCodes.data, found.errors);
    assert.match(found.errors, /warning: missing\.png: /);
    const { images, failed } = JSON.parse(found.output);
    assert.deepEqual([images[0].path, failed[0].path], ["picture.png", "missing.png"]);
    assert.equal(images[0].labels, join(folder, "found", "picture.labels.png"));
  }));
