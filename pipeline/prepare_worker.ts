/**
 * The Worker that prepares a table: draws all views, embeds the training views by the teacher, and
 * computes the baselines. Everything goes to the cache, from which the cells read.
 *
 * @module
 */

import { type SplitName, trainSplit } from "../core/data/dataset.ts";
import { getDataset } from "../core/data/registry.ts";
import { pixelNearestNeighbour } from "../core/data/pixel_nearest_neighbour.ts";
import { loadViews } from "../core/data/views/load_views.ts";
import { closeViews } from "../core/data/views/view_set.ts";
import { takeDataWarnings } from "../core/data/warnings.ts";
import { answerRun, type WorkerPort } from "../core/launch/messages.ts";
import type { BaselineSpec, CellResult, CellSpec, PreparePayload } from "../core/recipe/cell.ts";
import { pretrainSchema } from "../core/recipe/protocol.ts";
import { openTeacherEmbeddings } from "../core/train/teacher_embeddings.ts";
import { teachers } from "../teachers/registry.ts";
import { loadPlugins } from "./plugins.ts";
import { viewSeed } from "./pretraining.ts";
import { splitsOf } from "./run_tasks.ts";

/** Version of the pixel baseline, as a task's. */
const baselineVersion = 1;

/** One set of views that some cell will read. */
interface ViewNeed {
  readonly data: string;
  readonly split: SplitName;
  readonly views: number;
  readonly imageSize: number;
  /** Embed these views by this teacher. */
  readonly teacher?: string;
}

/** Everything that the cells will load, each once. */
async function needsOf(cells: readonly CellSpec[]): Promise<ViewNeed[]> {
  const needs = new Map<string, ViewNeed>();
  const add = (need: ViewNeed) => needs.set(JSON.stringify(need), need);
  for (const { pretrain, tasks } of cells) {
    const { teacher: name } = pretrain;
    const teacherSize = name === null ? undefined : (await teachers.get(name)()).imageSize;
    let imageSize = teacherSize;
    if (pretrain.method !== "none") {
      const settings = pretrainSchema.parse(pretrain.options);
      imageSize = settings.imageSize;
      const split = trainSplit(await getDataset(pretrain.data));
      const train = { data: pretrain.data, split, views: settings.viewsPerImage };
      add({ ...train, imageSize });
      if (name !== null) add({ ...train, imageSize: teacherSize!, teacher: name });
    }
    for (const { data, options } of tasks) {
      const dataset = await getDataset(data);
      const teacher = pretrain.method === "none" && name !== null ? { teacher: name } : {};
      for (const split of splitsOf(options, dataset.splits)) {
        const views = options["views"] as number;
        add({ data, split, views, imageSize: imageSize!, ...teacher });
      }
      const trainViews = options["viewsPerImage"];
      if (typeof trainViews === "number") {
        add({
          data,
          split: trainSplit(dataset),
          views: trainViews,
          imageSize: imageSize!,
          ...teacher,
        });
      }
    }
  }
  return [...needs.values()];
}

/** Pixel nearest neighbours of one baseline, at the size of its options. */
async function runBaseline(
  baseline: BaselineSpec,
  result: CellResult,
  progress: (step: number, steps: number) => void,
): Promise<void> {
  for (const { column, task, data, options } of baseline.tasks) {
    const dataset = await getDataset(data);
    const imageSize = 32;
    const train = await loadViews(dataset, trainSplit(dataset), {
      views: Math.min(10, (options["viewsPerImage"] as number | undefined) ?? 10),
      imageSize,
      seed: viewSeed,
    });
    const splits: CellResult["outcomes"][number]["splits"] = {};
    for (const split of splitsOf(options, dataset.splits)) {
      const views = options["views"] as number;
      const test = await loadViews(dataset, split, { views, imageSize, seed: viewSeed });
      const { hits } = await pixelNearestNeighbour(train, test, { onProgress: progress });
      splits[split] = { sampleIds: test.samples.ids(), hits: Array.from(hits) };
    }
    result.outcomes.push({
      column,
      row: baseline.rowId,
      task,
      taskVersion: baselineVersion,
      metric: "top1",
      unit: "%",
      splits,
    });
  }
}

async function prepare(
  { cells, baselines, plugins }: PreparePayload,
  port: WorkerPort,
): Promise<CellResult> {
  await loadPlugins(plugins);
  const result: CellResult = {
    outcomes: [],
    curve: null,
    timings: {},
    skippedImages: [],
    warnings: [],
    details: {},
  };
  let started = performance.now();
  const lap = (name: string) => {
    result.timings[name] = (performance.now() - started) / 1000;
    started = performance.now();
  };
  // Nothing else runs now. A fixed number, whatever the machine: with many threads the last bits of
  // matrix products change.
  const threads = 2;
  const needs = await needsOf(cells);
  for (const [index, { data, split, views, imageSize, teacher }] of needs.entries()) {
    port.progress({ phase: "views", step: index, steps: needs.length });
    const dataset = await getDataset(data);
    const viewSet = await loadViews(dataset, split, { views, imageSize, seed: viewSeed });
    result.skippedImages.push(...viewSet.skipped);
    if (teacher === undefined) {
      closeViews(viewSet);
      continue;
    }
    const encoder = await teachers.get(teacher)({ threads });
    const table = await openTeacherEmbeddings(encoder, viewSet, {
      onProgress: (step, steps) => port.progress({ phase: "teacher", step, steps }),
      onWarning: (message) => port.log("warning", message),
    });
    table.close();
    closeViews(viewSet);
    await encoder.release();
  }
  lap("views and teacher");
  for (const baseline of baselines) {
    await runBaseline(
      baseline,
      result,
      (step, steps) => port.progress({ phase: "pixel 1-NN", step, steps }),
    );
  }
  lap("baselines");
  result.warnings.push(...takeDataWarnings());
  return result;
}

answerRun<PreparePayload>(prepare);
