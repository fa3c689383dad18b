import assert from "node:assert/strict";
import { join, relative } from "node:path";
import sharp from "sharp";
import { runCommand } from "../core/testdata/run_command.ts";
import type { InstancesAnnotation } from "../core/data/annotation.ts";
import type { RgbImage } from "../core/data/augmentation/image_memory.ts";
import { encodePng } from "../core/data/encode_png.ts";
import type { Dataset } from "../core/data/dataset.ts";
import { SampleList } from "../core/data/sample_list.ts";
import { withMegapixels } from "../core/data/testdata/image_folder.ts";
import { ConfigError, DataError, exitCodes } from "../core/errors.ts";
import { studentSpecs } from "../core/methods/student_inference.ts";
import { initializeFlat, namedParts } from "../core/nn/parameters.ts";
import { figuresFileName, parseFigures } from "../core/results/figures.ts";
import { metricInterval } from "../core/results/statistics.ts";
import { userFolder } from "../core/paths.ts";
import { students } from "../students/registry.ts";
import { detection } from "../tasks/detection/detection.ts";
import { detectorFileName } from "../tasks/detection/detector_metadata.ts";
import { detectorSpecOf } from "../tasks/detection/detector_spec.ts";
import { Detector } from "../tasks/detection/mask_rcnn/detector.ts";
import { detectionSettings } from "../tasks/detection/settings.ts";
import { runTask } from "../tasks/run_task.ts";
import { resolveTaskSettings } from "../tasks/task.ts";
import { detect, type DetectionsDocument, type DetectOptions, drawnNames } from "./detect.ts";
import { decodeDetectorFile, readDetectorFile } from "./detector_file.ts";
import { exportDetector } from "./export_detector.ts";
import { kindOfFile } from "./file_kind.ts";
import { studentModel } from "./models.ts";
import { studentBackbone } from "./student_backbone.ts";

const side = 64, imageSize = 32, widthMultiplier = 0.125;

/** A bright square on dark ground, whose place and size follow from the index. */
function squareOf(index: number): [number, number, number, number] {
  const x = 4 + (7 * index) % 24, y = 6 + (11 * index) % 20, size = 18 + (5 * index) % 14;
  return [x, y, x + size, y + size];
}

function drawSquare(index: number): RgbImage {
  const pixels = new Uint8Array(3 * side * side).fill(30);
  const [x0, y0, x1, y1] = squareOf(index);
  for (let y = y0; y < y1; y++) {
    for (let x = x0; x < x1; x++) {
      pixels.set(index % 2 ? [230, 60, 40] : [50, 90, 240], 3 * (y * side + x));
    }
  }
  return { width: side, height: side, pixels };
}

const counts: Readonly<Record<string, number>> = { train: 8, val: 4 };

const squares: Dataset<InstancesAnnotation> = {
  name: "squares",
  title: "Squares",
  credits: [],
  annotationKind: "instances",
  classNames: ["red square", "blue square"],
  categoryIds: [7, 3],
  splits: [{ name: "train", role: "train", title: "train" }, {
    name: "val",
    role: "test",
    title: "val",
  }],
  isInMemory: true,
  imageSize: () => ({ width: side, height: side }),
  samples: (split) =>
    Promise.resolve(SampleList.from(
      Array.from(
        { length: counts[split]! },
        (_, index) => ({ id: `${split}/${index}`, label: -1 }),
      ),
    )),
  annotation(_, index) {
    const [x0, y0, x1, y1] = squareOf(index);
    return Promise.resolve({
      kind: "instances",
      boxes: Float32Array.of(x0, y0, x1, y1),
      categories: Uint32Array.of(index % 2 ? 0 : 1),
      crowd: Uint8Array.of(0),
      masks: [{ kind: "polygons", polygons: [Float64Array.of(x0, y0, x1, y0, x1, y1, x0, y1)] }],
    });
  },
  decode: (_, index) => Promise.resolve(drawSquare(index)),
  fingerprint: (split) => Promise.resolve(split),
  skipped: () => [],
};

const given = {
  features: { levels: ["c3", "c4"], channels: 16, frozenStages: 0, batchNorm: "train" },
  anchors: { scale: 4, aspectRatios: [1] },
  proposals: { samples: 16, trainCandidates: 50, trainKept: 16, testCandidates: 50, testKept: 16 },
  regions: { samples: 8, canonicalSize: 64, hidden: 16, maskChannels: 8, maskConvolutions: 1 },
  images: { shortSides: [side], testShortSide: side, longSide: side },
  training: {
    batchSize: 4,
    epochs: 2,
    learningRate: 0.002,
    backboneFactor: 1,
    milestones: [],
    warmupSteps: 0,
  },
  detections: { scoreThreshold: 0.01, most: 10 },
  scenes: 2,
};

const backbone = () => studentBackbone(students.get("resnet18"), { imageSize, widthMultiplier });

/** Trains and measures; what the task kept. */
async function runDetection(folder: string) {
  const specs = studentSpecs({ imageSize, backbone: backbone() });
  const model = await studentModel({
    name: "tiny",
    student: { name: "resnet18", widthMultiplier, stem: "small" },
    backbone: backbone(),
    weights: namedParts(initializeFlat(specs, 3), specs),
    imageSize,
    teacher: null,
    threads: 1,
  });
  const files = new Map<string, string | Uint8Array>();
  const counted: Record<string, number> = {};
  try {
    const evidence = await runTask(detection, {
      key: "tiny",
      model,
      dataset: squares,
      settings: resolveTaskSettings(detection, given, "the test"),
      splits: ["val"],
      views: 1,
      seed: 0,
      threads: 1,
      folder,
      loadViews: () => Promise.reject(new Error("it reads images")),
      countImages(split, { used }) {
        counted[split] = used;
        return Promise.resolve();
      },
      keepFile(name, content) {
        files.set(name, content);
        return Promise.resolve();
      },
      progress: () => {},
      warn: assert.fail,
    });
    return { evidence, files, counted };
  } finally {
    await model.release();
  }
}

Deno.test("a detector is trained, measured, kept, read again, used and exported", async (t) => {
  const folder = await Deno.makeTempDir();
  const path = join(folder, detectorFileName);
  try {
    const { evidence, files, counted } = await runDetection(folder);
    await t.step("the evidence has every metric of the table", () => {
      for (const key of ["boxAp", "maskAp50", "classAgnosticBoxAp50"]) {
        const metric = detection.metrics.find((metric) => metric.key === key)!;
        const { value, n } = metricInterval(metric, [evidence["val"]!]);
        assert.ok(value >= 0 && value <= 100 && n === 4, key);
      }
      assert.deepEqual(counted, { train: 8, val: 4 });
    });
    await t.step("figures of the test split are kept", () => {
      const { figures, pictures } = parseFigures(files.get(figuresFileName) as string, "figures");
      assert.equal(Object.keys(pictures).length, 2);
      const [scenes] = figures;
      assert.ok(scenes?.kind === "scenes");
      assert.deepEqual(scenes.scenes[0]!.truth.map(({ label }) => label), ["red square"]);
    });
    const bytes = files.get(detectorFileName) as Uint8Array;
    await Deno.writeFile(path, bytes);
    await t.step("the file says what it is, and damage is noticed", async () => {
      const file = await readDetectorFile(path);
      assert.deepEqual(file.classNames, squares.classNames);
      assert.deepEqual([file.student, file.data, file.steps], ["resnet18", "squares", 4]);
      assert.ok(file.weights.has("backbone.body.layer1.0.conv1.weight"));
      assert.ok(file.weights.has("roi_heads.mask_predictor.mask_fcn_logits.weight"));
      assert.equal(await kindOfFile(path), "detector");
      const damaged = bytes.slice();
      damaged[damaged.length - 5]! ^= 1;
      assert.throws(
        () => decodeDetectorFile(damaged, "damaged"),
        (error) => error instanceof DataError && /checksum is wrong/.test(error.message),
      );
    });
    await t.step("detect() writes pictures and COCO's results", async () => {
      const picture = join(folder, "picture.png");
      await Deno.writeFile(picture, await encodePng(drawSquare(1)));
      const { images, failed, json } = await detect({
        detector: path,
        images: [picture, join(folder, "missing.png")],
        out: join(folder, "found"),
        score: 0,
        draw: (image, { scores }) => {
          assert.ok(scores.length <= 10);
          return encodePng(image);
        },
      });
      assert.equal(failed.length, 1);
      const document: DetectionsDocument = JSON.parse(await Deno.readTextFile(json));
      assert.deepEqual(document.detections, images[0]!.detections);
      assert.deepEqual(document.categories, [{ id: 7, name: "red square" }, {
        id: 3,
        name: "blue square",
      }]);
      assert.deepEqual(document.images, [{
        id: 1,
        file_name: picture,
        width: side,
        height: side,
        drawn: "picture.detections.png",
      }]);
      assert.deepEqual(document.failed.map(({ file_name }) => file_name), [
        join(folder, "missing.png"),
      ]);
      const [first] = images[0]!.detections;
      assert.ok(first !== undefined, "an untrained head has scores above 0");
      assert.ok([7, 3].includes(first.category_id));
      assert.deepEqual(first.segmentation?.size, [side, side]);
    });
    await t.step("detect() runs the network once for a JPEG that is decoded smaller", async () => {
      const picture = join(folder, "large.jpg");
      const { width, height, pixels } = drawSquare(1);
      const raw = { width, height, channels: 3 as const };
      await sharp(pixels, { raw }).jpeg().toFile(picture);
      const { detectIn } = Detector.prototype;
      let runs = 0;
      Detector.prototype.detectIn = function (this: Detector, ...given) {
        runs++;
        return detectIn.apply(this, given);
      };
      try {
        // 64² pixels are more than 1,200, 32² are not.
        await withMegapixels("0.0012", async () => {
          const { images: [found] } = await detect({
            detector: path,
            images: [picture],
            out: join(folder, "smaller"),
            score: 0,
            draw: (image) => {
              assert.deepEqual([image.width, image.height], [side / 2, side / 2]);
              return encodePng(image);
            },
          });
          assert.deepEqual([found!.width, found!.height], [side, side]);
          assert.ok(found!.detections.length > 0);
          for (const { segmentation } of found!.detections) {
            assert.deepEqual(segmentation?.size, [side, side]);
          }
          assert.ok(
            found!.detections.some(({ bbox: [x, y, w, h] }) => Math.max(x + w, y + h) > 40),
          );
        });
        assert.equal(runs, 1);
      } finally {
        Detector.prototype.detectIn = detectIn;
      }
    });
    await t.step("detect() names pictures as the user did and overwrites none", async () => {
      const im = join(folder, "im");
      await Deno.mkdir(join(im, "d2"), { recursive: true });
      const png = await encodePng(drawSquare(2));
      const pictures = [join(im, "a.png"), join(im, "d2", "a.png"), join(im, "a-2.png")];
      for (const picture of pictures) await Deno.writeFile(picture, png);
      await Deno.writeTextFile(join(im, "text.png"), "no picture");
      const here = relative(userFolder(), im);
      const given = ["a.png", "d2/a.png", "a-2.png", "text.png", "d2"].map((name) =>
        join(here, name)
      );
      const find = (options: Partial<DetectOptions>) =>
        detect({
          detector: path,
          images: given,
          out: im,
          draw: (image) => encodePng(image),
          ...options,
        });
      const { images, failed, json } = await find({});
      assert.deepEqual(images.map(({ drawn }) => relative(im, drawn)), [
        "a.detections.png",
        "a-2.detections.png",
        "a-2-2.detections.png",
      ]);
      assert.deepEqual(images.map(({ path }) => path), given.slice(0, 3));
      assert.deepEqual(failed.map(({ path }) => path), given.slice(3));
      const document: DetectionsDocument = JSON.parse(await Deno.readTextFile(json));
      assert.deepEqual(document.images.map(({ file_name }) => file_name), given.slice(0, 3));
      assert.deepEqual(document.failed.map(({ file_name }) => file_name), given.slice(3));
      for (const picture of pictures) assert.deepEqual(await Deno.readFile(picture), png);

      const refuse = (options: Partial<DetectOptions>, reason: RegExp) =>
        assert.rejects(
          find(options),
          (error) => error instanceof ConfigError && reason.test(error.message),
        );
      const before = await Deno.readTextFile(json);
      await refuse({ images: [...given, images[0]!.drawn] }, /a\.detections\.png: that is read/);
      await refuse({ images: [...given, json] }, /detections\.json: that is read/);
      const link = join(im, "link.png");
      await Deno.symlink(images[1]!.drawn, link);
      await refuse(
        { images: [...given, link] },
        /a-2\.detections\.png: that, which is .*link\.png/,
      );
      for (const shortSide of [0, 15, 16.5, 4097, 100_000, NaN]) {
        await refuse({ shortSide }, /--short-side: expected a whole number from 16 to 4096/);
      }
      assert.equal(await Deno.readTextFile(json), before);
      for (const name of ["lock.json", "journal.jsonl"]) {
        const run = await Deno.makeTempDir({ dir: folder });
        await Deno.writeTextFile(join(run, name), "");
        await refuse({ out: run }, /it holds a run/);
        assert.deepEqual([...Deno.readDirSync(run)].map(({ name }) => name), [name]);
        await assert.rejects(exportDetector({ checkpoint: path, out: run }), /it holds a run/);
      }
      const linked = join(folder, "linked");
      await Deno.mkdir(linked);
      await Deno.symlink(path, join(linked, "detector.onnx"));
      await assert.rejects(exportDetector({ checkpoint: path, out: linked }), /would be lost/);
    });
    await t.step(
      "the command ends with the exit code of data where a picture is unreadable",
      async () => {
        const out = join(folder, "command");
        const args = ["detect", path, "picture.png", "missing.png", "--out", out, "--json"];
        const { code, output, errors } = await runCommand(args, { INIT_CWD: folder });
        assert.equal(code, exitCodes.data, errors);
        assert.match(errors, /warning: missing\.png: /);
        const { images, failed } = JSON.parse(output);
        assert.deepEqual([images[0].path, failed[0].path], ["picture.png", "missing.png"]);
        assert.equal(images[0].drawn, join(out, "picture.detections.png"));
      },
    );
    await t.step("the ONNX file finds the same", async () => {
      const { difference, shape } = await exportDetector({
        checkpoint: path,
        out: join(folder, "export"),
      });
      assert.deepEqual(shape, { height: side, width: side });
      assert.equal(difference.matched, difference.detections);
      assert.ok(difference.detections > 0 && difference.box < 1e-2 && difference.score < 1e-4);
      await assert.rejects(
        exportDetector({ checkpoint: path, shape: { height: 50, width: 64 } }),
        (error) => error instanceof ConfigError && /multiples of 32/.test(error.message),
      );
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("drawnNames() gives no name twice", () => {
  assert.deepEqual(
    drawnNames(["a.png", "d/A.jpg", "a-2.png", "a", "d.e/.png"]),
    ["a", "A-2", "a-2-2", "a-3", "image"].map((stem) => `${stem}.detections.png`),
  );
});

Deno.test("detectorSpecOf() names the levels that a student has not", () => {
  const settings = detectionSettings.parse({});
  const levels = [{ name: "c4" as const, channels: 8, stride: 16 }, {
    name: "c5" as const,
    channels: 8,
    stride: 32,
  }];
  assert.throws(
    () => detectorSpecOf({ architecture: backbone(), imageSize, levels }, settings, 2),
    (error) =>
      error instanceof ConfigError &&
      /no level c2, c3; it has c4 \(stride 16\), c5 \(stride 32\)/.test(error.message),
  );
});
