import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { ConfigError } from "../core/errors.ts";
import { Store } from "../core/store/store.ts";
import type { TrainJob } from "../core/recipe/jobs.ts";
import { evaluate } from "./evaluate.ts";
import type { PipelineEvent } from "./messages.ts";
import { openTable } from "./open_table.ts";
import { reproduce, type ReproduceOptions } from "./reproduce.ts";
import { encoderFileName, findModel, studentFileName } from "./stored_model.ts";
import { readStudentFile } from "./student_file.ts";
import { type Place, withImages } from "./testdata/with_images.ts";
import { describeTrainedTeacher, loadTrainedTeacher } from "./trained_teacher.ts";

const recipeFolder = join(import.meta.dirname!, "testdata");

/** The table "taught" on a folder of images. */
function optionsOf({ options }: Place, more: Partial<ReproduceOptions> = {}): ReproduceOptions {
  const { data, plugins, out, store } = options() as Record<string, string> & {
    plugins: string[];
  };
  return {
    table: "taught",
    recipeFolder,
    jobs: 2,
    plugins,
    out: out!,
    store: store!,
    renderReport: ({ title }) => Promise.resolve(`<h1>${title}</h1>`),
    ...more,
    set: [`data.photos=${data}`, ...more.set ?? []],
  };
}

/** The jobs of the table by id. */
async function jobsOf(options: ReproduceOptions): Promise<Map<string, TrainJob>> {
  const { plan } = await openTable(options);
  return new Map(plan.models.map(({ id, train }) => [id, train!]));
}

Deno.test("reproduce trains a teacher once, before its students, and measures it as a row", () =>
  withImages(async (place) => {
    const ended: string[] = [];
    const onEvent = (event: PipelineEvent) => {
      if (event.type === "ended") ended.push(event.job.id);
    };
    const { trained, measured, failures, result } = await reproduce(
      optionsOf(place, { onEvent }),
    );
    assert.deepEqual([...failures], []);
    // Two teachers, of which one is measured, and two students with two seeds.
    assert.deepEqual([trained, measured], [6, 5]);
    assert.equal(result.finished, true);
    const { models, sources, rows, curves } = {
      ...result,
      models: [...(await jobsOf(optionsOf(place))).keys()],
    };
    assert.deepEqual(models, [
      "teacher-moco.seed0",
      "by-moco.seed0",
      "teacher-labels.seed0",
      "by-labels.seed0",
      "by-moco.seed1",
      "by-labels.seed1",
    ]);
    for (
      const [teacher, student] of [["teacher-moco", "by-moco"], ["teacher-labels", "by-labels"]]
    ) {
      for (const seed of [0, 1]) {
        assert(ended.indexOf(`${teacher}.seed0`) < ended.indexOf(`${student}.seed${seed}`));
      }
    }
    assert(sources.every(({ id }) => !id.startsWith("teacher.")));
    assert.equal(rows.find(({ id }) => id === "by-moco")!.teacher, "moco-v2 plain");
    // The teacher does not compete with the students: it shows no epochs.
    assert.equal(rows.find(({ id }) => id === "moco")!.epochs, null);
    assert.deepEqual(
      curves.map(({ row, seed }) => `${row} ${seed}`).sort(),
      ["by-labels 0", "by-labels 1", "by-moco 0", "by-moco 1", "moco 0"],
    );
    assert.equal(result.cells.find(({ id }) => id === "moco.knn.val")!.perSeed.length, 1);

    const again = await reproduce(optionsOf(place));
    assert.deepEqual([again.trained, again.measured], [0, 0]);
  }));

Deno.test("a teacher that no row shows is trained for missing students only", () =>
  withImages(async (place) => {
    const options = optionsOf(place, { cells: "by-labels", seeds: 1 });
    const first = await reproduce(options);
    assert.deepEqual([first.trained, first.measured], [2, 1]);
    // The numbers are the same whoever else is trained, and in which order.
    const whole = await reproduce(
      optionsOf(place, {
        jobs: 1,
        seeds: 1,
        store: `${options.store} 3`,
        out: `${options.out} 3`,
      }),
    );
    const own = ({ result }: typeof whole) =>
      result.cells.find(({ id }) => id === "by-labels.knn.val")!.value;
    assert.equal(own(whole), own(first));
    const jobs = await jobsOf(options);
    const { key } = jobs.get("teacher-labels.seed0")!;
    const stored = await findModel(await Store.open(options.store!), key);
    await Deno.remove(dirname(stored!.entry.files[studentFileName]!.path), { recursive: true });
    // Its student is there, and is measured without it.
    const { trained, measured, failures } = await reproduce({
      ...options,
      set: [...options.set!, "tasks.k-nn.k=2"],
      out: `${options.out} 2`,
    });
    assert.deepEqual([trained, measured, failures.size], [0, 1, 0]);
  }));

Deno.test("the key of a student follows the training of its teacher", () =>
  withImages(async (place) => {
    const before = await jobsOf(optionsOf(place));
    const changed = async (set: string[]) => {
      const after = await jobsOf(optionsOf(place, { set }));
      return [...before].flatMap(([id, { key }]) => after.get(id)!.key === key ? [] : [id]).sort();
    };
    const taught = ["by-moco.seed0", "by-moco.seed1", "teacher-moco.seed0"];
    assert.deepEqual(await changed(["methods.moco-v2.queueSize=24"]), taught);
    assert.deepEqual(await changed(["teachers.moco.student=S"]), []);
    assert.deepEqual(await changed(["methods.seed.queueSize=24"]), taught.slice(0, 2));
  }));

Deno.test("a trained teacher embeds by its own head, or by features of unit length", () =>
  withImages(async (place) => {
    const options = optionsOf(place, { seeds: 1 });
    await reproduce(options);
    const store = await Store.open(options.store!);
    const jobs = await jobsOf(options);
    for (const [row, dimension] of [["by-moco", 24], ["by-labels", 64]] as const) {
      const { spec: { teacherTraining }, teacher: { key } = { key: "" } } = jobs.get(
        `${row}.seed0`,
      )!;
      const stored = (await findModel(store, key))!;
      const described = await describeTrainedTeacher(teacherTraining!);
      assert.equal(described.dimension, dimension);
      const teacher = await loadTrainedTeacher(teacherTraining!, stored, { threads: 1 });
      try {
        assert.deepEqual([teacher.name, teacher.dimension], [described.name, dimension]);
        assert.equal(teacher.encodeText, undefined);
        const { batchSize, imageSize } = teacher;
        const images = Uint8Array.from(
          { length: 3 * imageSize ** 2 * batchSize },
          (_, index) => index * 7919 % 251,
        );
        const rows = await teacher.encodeImages(images);
        assert.equal(rows.length, batchSize * dimension);
        for (let row = 0; row < batchSize; row++) {
          const own = rows.subarray(row * dimension, (row + 1) * dimension);
          assert(Math.abs(Math.hypot(...own) - 1) < 1e-5);
        }
      } finally {
        await teacher.release();
      }
      // MoCo's student keeps no head; what it is as a teacher does.
      const kept = await readStudentFile(stored.entry.files[studentFileName]!.path);
      const encoder = stored.entry.files[encoderFileName];
      assert.equal(kept.head?.output, row === "by-moco" ? undefined : "logits");
      assert.equal(encoder !== undefined, row === "by-moco");
    }
  }));

Deno.test("what needs texts is refused for students of a teacher that is trained here", () =>
  withImages(async (place) => {
    const options = optionsOf(place, { seeds: 1, cells: "by-moco" });
    const text = await Deno.readTextFile(join(recipeFolder, "taught.yaml"));
    const table = join(place.folder, "texts.yaml");
    const column =
      "  - { id: zs, group: Zero-shot, header: A, task: zero-shot, data: photos }\nrows:\n";
    await Deno.writeTextFile(table, text.replace("rows:\n", column));
    const refused = (run: Promise<unknown>, message: RegExp) =>
      assert.rejects(run, (error) => error instanceof ConfigError && message.test(error.message));
    await refused(
      reproduce({ ...options, table }),
      /zero-shot with by-moco\.seed0, whose teacher is "moco-v2 plain": it has no text encoder/,
    );
    await refused(
      reproduce({ ...options, set: [...options.set!, "teachers.moco.method=seed"] }),
      /teachers\.moco\.method: method "seed" needs a teacher itself, expected .*moco-v2/,
    );
    const { folder } = await reproduce(options);
    await refused(
      evaluate({
        checkpoint: join(folder, "models", "by-moco.seed0.safetensors"),
        task: "zero-shot",
        store: options.store!,
        plugins: options.plugins!,
      }),
      /its teacher "moco-v2 plain" has no text encoder/,
    );
  }));
