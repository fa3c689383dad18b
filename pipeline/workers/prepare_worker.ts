/**
 * The Worker that prepares the data of a run: draws the fixed views that units will look at, and
 * embeds training views by the teacher, each once. Everything goes to the cache, from which the units
 * read.
 *
 * @module
 */

import type { Annotation } from "../../core/data/annotation.ts";
import { trainSplit } from "../../core/data/dataset.ts";
import { getDataset, withSharedDatasets } from "../../core/data/registry.ts";
import { closeViews } from "../../core/data/views/view_set.ts";
import { takeDataWarnings } from "../../core/data/warnings.ts";
import { methods } from "../../core/methods/registry.ts";
import { answerRun, type WorkerPort } from "../../core/launch/messages.ts";
import type { TrainSpec } from "../../core/recipe/jobs.ts";
import { openTeacherEmbeddings } from "../../core/train/teacher_embeddings.ts";
import { tasks } from "../../tasks/registry.ts";
import { noModel } from "../../tasks/task.ts";
import { teachers } from "../../teachers/registry.ts";
import { loadFixedViews } from "../fixed_views.ts";
import type { PreparePayload, PrepareResult } from "../messages.ts";
import { loadPlugins } from "../plugins.ts";
import { splitsOf } from "../resolve_jobs.ts";
import type { Unit } from "../units.ts";

/** One set of views that some unit will read. */
interface ViewNeed {
  readonly data: string;
  readonly split: string;
  readonly views: number;
  readonly imageSize: number;
  /** Embed these views by this teacher. */
  readonly teacher?: string;
}

/** Views of each training image that settings of a task ask for, wherever they stand in them. */
function trainViewsOf(settings: Readonly<Record<string, unknown>>): number[] {
  return Object.entries(settings).flatMap(([key, value]) => {
    if (key === "viewsPerImage" && typeof value === "number") return [value];
    if (value === null || typeof value !== "object" || Array.isArray(value)) return [];
    return trainViewsOf(value as Record<string, unknown>);
  });
}

/** Side of the images that a teacher sees. */
async function imageSizeOf(name: string): Promise<number> {
  const teacher = await teachers.get(name)();
  try {
    return teacher.imageSize;
  } finally {
    await teacher.release();
  }
}

/** Everything that units will load, each once. */
class ViewNeeds {
  readonly #needs = new Map<string, ViewNeed>();

  get list(): ViewNeed[] {
    return [...this.#needs.values()];
  }

  #add(need: ViewNeed): void {
    this.#needs.set(JSON.stringify(need), need);
  }

  async #addTraining(
    { method, data, teacher, teacherTraining, pretrain }: TrainSpec,
  ): Promise<void> {
    if (pretrain.views !== "fixed" || methods.get(method!).needs.trains === false) return;
    const split = trainSplit(await getDataset<Annotation>(data));
    const train = { data, split, views: pretrain.viewsPerImage };
    this.#add({ ...train, imageSize: pretrain.imageSize });
    if (teacher === null) return;
    if (teacherTraining !== undefined) {
      // It is not there yet: what it makes of them is for its students.
      this.#add({ ...train, imageSize: teacherTraining.spec.pretrain.imageSize });
      return;
    }
    const imageSize = await imageSizeOf(teacher);
    this.#add({ ...train, imageSize, teacher });
  }

  async addUnit({ model, file, trains, measures }: Unit): Promise<void> {
    if (trains) await this.#addTraining(model!.spec);
    const spec = model?.spec;
    const isTeacher = spec?.method === null && spec.teacher !== null;
    const teacher = isTeacher ? { teacher: spec.teacher! } : {};
    const modelSize = isTeacher
      ? await imageSizeOf(spec.teacher!)
      : file?.imageSize ?? spec?.pretrain.imageSize ?? noModel.imageSize;
    for (const { spec: { task, data, settings, views, splits } } of measures) {
      if (tasks.get(task).usesViews === false) continue;
      const dataset = await getDataset<Annotation>(data);
      // A task without a model may look at images of a size of its own.
      const own = settings["imageSize"];
      const isBare = spec === undefined && file === undefined;
      const imageSize = isBare && typeof own === "number" ? own : modelSize;
      for (const split of splitsOf({ splits }, dataset)) {
        this.#add({ data, split, views, imageSize, ...teacher });
      }
      for (const trainViews of trainViewsOf(settings)) {
        const split = trainSplit(dataset);
        this.#add({ data, split, views: trainViews, imageSize, ...teacher });
      }
    }
  }
}

async function prepare(
  { units, plugins }: PreparePayload,
  port: WorkerPort,
): Promise<PrepareResult> {
  await loadPlugins(plugins);
  const started = performance.now();
  const needs = new ViewNeeds();
  for (const unit of units) await needs.addUnit(unit);
  // Nothing else runs now. A fixed number, whatever the machine: with many threads the last bits of
  // matrix products change.
  const threads = 2;
  const { list } = needs;
  for (const [index, { data, split, views, imageSize, teacher }] of list.entries()) {
    port.progress({ phase: "views", step: index, steps: list.length });
    const dataset = await getDataset<Annotation>(data);
    const viewSet = await loadFixedViews(dataset, split, { views, imageSize });
    if (teacher !== undefined) {
      const encoder = await teachers.get(teacher)({ threads });
      const table = await openTeacherEmbeddings(encoder, viewSet, {
        onProgress: (step, steps) => port.progress({ phase: "teacher", step, steps }),
        onWarning: (message) => port.log("warning", message),
      });
      table.close();
      await encoder.release();
    }
    closeViews(viewSet);
  }
  return { seconds: (performance.now() - started) / 1000, warnings: takeDataWarnings() };
}

answerRun<PreparePayload>((payload, port) => withSharedDatasets(() => prepare(payload, port)));
