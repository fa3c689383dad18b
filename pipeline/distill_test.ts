import assert from "node:assert/strict";
import { join } from "node:path";
import sharp from "sharp";
import { ConfigError } from "../core/errors.ts";
import { projectFolder } from "../core/files.ts";
import { RandomStream } from "../core/random.ts";
import { distill, type DistillOptions } from "./distill.ts";
import { evaluate } from "./evaluate.ts";
import { exportStudent } from "./export.ts";

const example = (name: string) => join(projectFolder, "examples", name);

/** A folder with two classes of noisy images: dogs are reddish, cats are bluish. */
async function makeImages(folder: string): Promise<void> {
  for (const [name, color] of [["dog", [200, 60, 60]], ["cat", [60, 60, 200]]] as const) {
    await Deno.mkdir(join(folder, name), { recursive: true });
    for (let image = 0; image < 10; image++) {
      const random = new RandomStream(1, name, image);
      const pixels = Uint8Array.from(
        { length: 24 * 24 * 3 },
        (_, index) => color[index % 3]! + random.integer(50),
      );
      await sharp(pixels, { raw: { width: 24, height: 24, channels: 3 } })
        .png().toFile(join(folder, name, `${image}.png`));
    }
  }
}

interface Place {
  readonly folder: string;
  readonly options: (more?: DistillOptions) => DistillOptions;
}

async function withImages(test: (place: Place) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  const photos = join(folder, "photos");
  try {
    await makeImages(photos);
    await Deno.writeTextFile(join(folder, "names.txt"), "dog\ncat # a comment\nhorse\n");
    await test({
      folder,
      options: (more = {}) => ({
        data: `imagefolder:${photos}`,
        student: "plain",
        plugins: [example("plain_student.ts")],
        epochs: 4,
        size: "smoke",
        set: [
          "pretrain.batchSize=8",
          "pretrain.queueSize=16",
          "pretrain.imageSize=16",
          "pretrain.viewsPerImage=4",
          "pretrain.templates=name",
        ],
        out: join(folder, "run"),
        ...more,
      }),
    });
  } finally {
    Deno.env.delete("ONNX_TEACHER");
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("own images, names and student are distilled, measured by an own task and exported", () =>
  withImages(async ({ folder, options }) => {
    const text = `file:${join(folder, "names.txt")}`;
    const { student, summary, ran } = await distill(options({ text }));
    assert.equal(ran, true);
    // 20 images, of which 16 train, 4 views each: 64 in batches of 8, 4 times.
    assert.equal(summary.steps, 32);
    const curve = JSON.parse(await Deno.readTextFile(join(folder, "run", "curve.json")));
    assert.equal(curve.steps.at(-1), 32);
    assert.ok(curve.loss.every(Number.isFinite));
    assert.deepEqual(Object.keys(curve.parts).length, 2);

    const measured = await evaluate({
      checkpoint: student,
      task: "class-mean",
      plugins: [example("class_mean_task.ts"), example("plain_student.ts")],
      set: ["evaluation.splits=[val]", "options.trainViews=2"],
      out: join(folder, "evaluation"),
    });
    assert.deepEqual(measured.splits.map(({ split, n }) => [split, n]), [["val", 2]]);
    // Red and blue are told apart by any features.
    assert.equal(measured.splits[0]!.value, 100);
    assert.equal(measured.options["trainViews"], 2);
    assert.equal(measured.data, options().data);
    const stored = JSON.parse(
      await Deno.readTextFile(join(folder, "evaluation", "evaluation.json")),
    );
    assert.equal(stored.samples.val.hits.length, 2);

    const exported = await exportStudent({ checkpoint: student });
    assert.ok(exported.largestDifference < 1e-5);

    // A student as the teacher of another, through its ONNX file.
    Deno.env.set("ONNX_TEACHER", exported.onnx);
    const teacher = { teacher: "onnx", plugins: [example("onnx_teacher.ts")], student: "resnet18" };
    await assert.rejects(
      distill(options({ ...teacher, out: join(folder, "lgd") })),
      (error) => error instanceof ConfigError && /"onnx" has no text encoder/.test(error.message),
    );
  }));

Deno.test("distill trains with replicas, each with a part of the batch", () =>
  withImages(async ({ folder, options }) => {
    const replicated = (replicas: number, more: DistillOptions = {}) =>
      options({ set: [...options().set!, `pretrain.replicas=${replicas}`], ...more });
    await assert.rejects(
      distill(replicated(3)),
      (error) =>
        error instanceof ConfigError && /divisor of batchSize 8; found 3/.test(error.message),
    );
    for (const method of ["seed", "supervised"]) {
      const { summary } = await distill(replicated(2, { method, out: join(folder, method) }));
      assert.equal(summary.steps, 32, method);
      assert(Number.isFinite(summary.finalLoss), method);
    }
  }));

Deno.test("distill measures the algorithms of its convolutions where it is asked to, and keeps them", () =>
  withImages(async ({ folder, options }) => {
    const withAlgorithms = (algorithms: string) =>
      options({
        method: "seed",
        student: "mobilenet_v2",
        epochs: 0.25,
        set: [
          ...options().set!,
          "pretrain.imageSize=32",
          "pretrain.widthMultiplier=0.1",
          `pretrain.algorithms=${algorithms}`,
        ],
      });
    await assert.rejects(
      distill(withAlgorithms("fastest")),
      (error) =>
        error instanceof ConfigError && /wanted rules, measured or file:PATH/.test(error.message),
    );
    const { summary } = await distill(withAlgorithms("measured"));
    const table = JSON.parse(await Deno.readTextFile(join(folder, "run", "algorithms.json")));
    assert.deepEqual(summary.details["algorithms"], table);
    assert.ok(Object.values(table).includes("taps"), JSON.stringify(table));
  }));

Deno.test("distill answers from its folder, goes on after a stop, and refuses other settings", () =>
  withImages(async ({ folder, options }) => {
    const first = await distill(options({ method: "seed" }));
    const again = await distill(options({ method: "seed" }));
    assert.equal(again.ran, false);
    assert.deepEqual(again.summary, first.summary);
    await assert.rejects(
      distill(options({ method: "seed", seed: 1 })),
      (error) => error instanceof ConfigError && /seed: 0 there, 1 now/.test(error.message),
    );
    // Without the student the folder is one of a stopped run: its checkpoint is gone on with.
    const wanted = await Deno.readFile(first.student);
    await Deno.remove(first.student);
    const resumed = await distill(options({ method: "seed" }));
    assert.equal(resumed.ran, true);
    assert.deepEqual(await Deno.readFile(first.student), wanted);
    // Another image: another content.
    const path = join(folder, "photos", "dog", "0.png");
    await Deno.writeFile(path, await Deno.readFile(join(folder, "photos", "cat", "0.png")));
    await Deno.writeFile(path, new Uint8Array([0]), { append: true });
    await assert.rejects(distill(options({ method: "seed" })), /its data, texts or plug-ins/);
    const anew = await distill(options({ method: "seed", overwrite: true }));
    assert.equal(anew.ran, true);
    assert.notDeepEqual(await Deno.readFile(first.student), wanted);
  }));

Deno.test("wrong options of distill and evaluate are told before anything is written", () =>
  withImages(async ({ folder, options }) => {
    const refused: [DistillOptions, RegExp][] = [
      [{ method: "ldg" }, /Unknown method "ldg". Did you mean "lgd"/],
      [{ student: "plane" }, /Did you mean "plain"/],
      [{ teacher: "emoji-clap" }, /Did you mean "emoji-clip"/],
      [{ data: "emojinet-101" }, /Did you mean "emojinet-100"/],
      [{ size: "mimi" }, /Did you mean "mini"/],
      [{ method: "supervised", teacher: "emoji-clip" }, /supervised has no teacher/],
      [{ method: "seed", text: "emojitech-126" }, /uses no class names/],
      [{ set: ["data.imagenet=x"] }, /wanted pretrain.KEY=VALUE/],
      [{ set: ["pretrain.alfa=1"] }, /Did you mean "pretrain.alpha"|Did you mean "alpha"/],
      [{ set: ["pretrain.warmupEpochs=9"], epochs: 2 }, /warmupEpochs: wanted less than/],
      [{ text: `file:${join(folder, "none.txt")}` }, /there is no such file/],
      [{ plugins: [join(folder, "none.ts")] }, /there is no such file/],
      [{ set: [`pretrain.algorithms=file:${join(folder, "none.json")}`] }, /there is no file/],
      [{ student: "resnet18", set: ["pretrain.imageSize=8"] }, /the smallest is 16 pixels/],
    ];
    for (const [more, message] of refused) {
      await assert.rejects(
        distill(options(more)),
        (error) => error instanceof ConfigError && message.test(error.message),
        JSON.stringify(more),
      );
    }
    await assert.rejects(Deno.stat(join(folder, "run")), Deno.errors.NotFound);
    await assert.rejects(evaluate({ checkpoint: "teacher:emoji-clip", task: "zero-short" }), /Did/);
    await assert.rejects(
      evaluate({
        checkpoint: "teacher:emoji-clip",
        task: "linear-probe",
        set: ["options.labelFractoin=1", "pretrain.alpha=1"],
      }),
      /Did you mean "labelFraction"[\s\S]*wanted KEY=VALUE with a key of zeroShot/,
    );
  }));
