import assert from "node:assert/strict";
import { join } from "node:path";
import { parseOwnJson } from "../core/checked_json.ts";
import { ConfigError } from "../core/errors.ts";
import { decodeSplitEvidence } from "../core/results/evidence_file.ts";
import { distill, type DistillOptions } from "./distill.ts";
import { evaluate } from "./evaluate.ts";
import { exportStudent } from "./export.ts";
import { openTable } from "./open_table.ts";
import { example, withImages } from "./testdata/with_images.ts";

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

    const measure = () =>
      evaluate({
        checkpoint: student,
        task: "class-mean",
        plugins: [example("class_mean_task.ts"), example("plain_student.ts")],
        set: ["evaluation.splits=[val]", "tasks.class-mean.trainViews=2"],
        out: join(folder, "evaluation"),
        store: join(folder, "store"),
      });
    const measured = await measure();
    const [{ splits }] = measured.metrics as [typeof measured.metrics[number]];
    assert.deepEqual(splits.map(({ split, n }) => [split, n]), [["val", 2]]);
    // Red and blue are told apart by any features.
    assert.equal(splits[0]!.value, 100);
    assert.equal(measured.settings["trainViews"], 2);
    assert.equal(measured.data, options().data);
    // The file is the store's own: its numbers go by the key of its training.
    assert.equal(measured.model.key, summary.modelKey);
    const evidence = join(folder, "evaluation", "evidence.bin");
    const stored = decodeSplitEvidence(await Deno.readFile(evidence), evidence);
    assert.equal(stored["val"]!.sampleIds.length, 2);
    // What was measured is answered from the store.
    const { ran: ranAgain, ...again } = await measure();
    const { ran: ranFirst, ...first } = measured;
    assert.deepEqual([ranFirst, ranAgain], [true, false]);
    assert.deepEqual(again, first);

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
        error instanceof ConfigError && /divisor of batchSize 8, got 3/.test(error.message),
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
        error instanceof ConfigError && /expected rules, measured or file:PATH/.test(error.message),
    );
    const { summary } = await distill(withAlgorithms("measured"));
    const path = join(folder, "run", "algorithms.json");
    const table = parseOwnJson(await Deno.readTextFile(path), path);
    assert.deepEqual(summary.algorithms, table);
    assert.ok(
      Object.values(table as Record<string, string>).includes("taps"),
      JSON.stringify(table),
    );
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
    // A student that is gone from the folder, or changed in it, is put back from the store.
    const expected = await Deno.readFile(first.student);
    await Deno.remove(first.student);
    assert.equal((await distill(options({ method: "seed" }))).ran, false);
    assert.deepEqual(await Deno.readFile(first.student), expected);
    // Another folder finds it too, and so would a table.
    const elsewhere = await distill(options({ method: "seed", out: join(folder, "elsewhere") }));
    assert.equal(elsewhere.ran, false);
    assert.deepEqual(await Deno.readFile(elsewhere.student), expected);
    // A setting that the method does not use changes nothing.
    const unused = [...options().set!, "methods.lgd.alpha=0.25"];
    assert.equal((await distill(options({ method: "seed", set: unused }))).ran, false);
    // Another image: another content.
    const path = join(folder, "photos", "dog", "0.png");
    await Deno.writeFile(path, await Deno.readFile(join(folder, "photos", "cat", "0.png")));
    await Deno.writeFile(path, new Uint8Array([0]), { append: true });
    await assert.rejects(
      distill(options({ method: "seed" })),
      /its data, texts, teachers or plug-ins/,
    );
    const anew = await distill(options({ method: "seed", overwrite: true }));
    assert.equal(anew.ran, true);
    assert.notDeepEqual(await Deno.readFile(first.student), expected);
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
      [{ set: ["data.imagenet=x"] }, /expected pretrain.KEY=VALUE/],
      [{ set: ["pretrain.alfa=1"] }, /Did you mean "methods.lgd.alpha"/],
      [{ set: ["pretrain.warmupEpochs=9"], epochs: 2 }, /warmupEpochs: expected less than/],
      [{ text: `file:${join(folder, "none.txt")}` }, /there is no such file/],
      [{ plugins: [join(folder, "none.ts")] }, /there is no such file/],
      [{ set: [`pretrain.algorithms=file:${join(folder, "none.json")}`] }, /there is no file/],
      [{ student: "resnet18", set: ["pretrain.imageSize=8"] }, /the smallest is 16 pixels/],
      [{ method: "seed", set: ["methods.seed.queueSize=15"] }, /queueSize/],
      [{ set: [...options().set!, "pretrain.batchSize=1000"] }, /fewer than a batch of 1000/],
      ...[2 ** 53, -1, 0.5].map((seed): [DistillOptions, RegExp] => [
        { seed },
        /--seed: expected a whole number from 0 to 2\^53/,
      ]),
      ...[0, -1, 100_001, NaN].map((epochs): [DistillOptions, RegExp] => [
        { epochs },
        /--epochs: expected a number above 0, at most 100000/,
      ]),
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
        set: ["pretrain.alpha=1"],
      }),
      /expected tasks.KEY=VALUE or evaluation.KEY=VALUE/,
    );
    await assert.rejects(
      evaluate({
        checkpoint: "teacher:emoji-clip",
        task: "linear-probe",
        set: ["tasks.linear-probe.epoch=1", "evaluation.view=2"],
      }),
      /Did you mean "tasks.linear-probe.epochs"[\s\S]*Did you mean "evaluation.views"/,
    );
  }));

Deno.test("distill trains on fresh views, and takes any seed, with the same bits again", () =>
  withImages(async ({ folder, options }) => {
    const fresh = (name: string, more: DistillOptions = {}) =>
      distill(options({
        set: [...options().set!, "pretrain.views=fresh"],
        seed: 20_240_101_123,
        out: join(folder, name),
        store: join(folder, `${name}-store`),
        ...more,
      }));
    for (const method of ["lgd", "supervised"]) {
      const one = await fresh(`${method}-one`, { method });
      const two = await fresh(`${method}-two`, { method });
      assert.equal(one.summary.steps, 8);
      assert.deepEqual(await Deno.readFile(two.student), await Deno.readFile(one.student));
    }
  }));

Deno.test("the text bank follows the class names and prompts that a task declares, or a list", () =>
  withImages(async ({ folder, options }) => {
    const key = async (more: DistillOptions) =>
      (await distill(options({ epochs: 1, overwrite: true, ...more }))).summary.modelKey;
    const own = await key({});
    const listed = await key({ names: ["cat", "dog"] });
    // The same names and prompts, wherever they are from, are the same training.
    assert.equal(listed, own);
    await Deno.writeTextFile(join(folder, "names.txt"), "cat\ndog\n");
    assert.equal(await key({ text: `file:${join(folder, "names.txt")}` }), own);
    assert.notEqual(await key({ names: ["cat", "wolf"] }), own);
    const prompts = [...options().set!, "tasks.zero-shot.templates=emoji"];
    assert.notEqual(await key({ set: prompts }), own);
  }));

Deno.test("distill(), evaluate() and openTable() refuse folders inside the data and create nothing", () =>
  withImages(async ({ folder, options }) => {
    const photos = join(folder, "photos"), inside = join(photos, "run");
    const before = (await Array.fromAsync(Deno.readDir(photos))).map(({ name }) => name).sort();
    const refuses = (work: Promise<unknown>, option: string) =>
      assert.rejects(
        work,
        (error) =>
          error instanceof ConfigError &&
          error.message.startsWith(`${option}: ${inside} lies inside`),
      );
    await refuses(distill(options({ out: inside })), "--out");
    await refuses(distill(options({ store: inside })), "--store");
    const data = `imagefolder:${photos}`, store = join(folder, "store");
    const measured = { checkpoint: join(folder, "s.safetensors"), task: "zero-shot", data };
    await refuses(evaluate({ ...measured, store, out: inside }), "--out");
    const table = { table: "table2", size: "smoke", set: [`data.imagenet=${data}`] };
    await refuses(openTable({ ...table, out: inside, store }), "--out");
    const after = (await Array.fromAsync(Deno.readDir(photos))).map(({ name }) => name).sort();
    assert.deepEqual(after, before);
  }));
