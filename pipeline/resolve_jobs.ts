/**
 * What specifications name becomes content: fingerprints of data, hashes of teachers, class names and
 * prompts, versions. From it jobs get their keys.
 *
 * @module
 */

import { getSplit, splitNames, trainSplit } from "../core/data/dataset.ts";
import type { Annotation } from "../core/data/annotation.ts";
import type { Dataset } from "../core/data/dataset.ts";
import { defaultPixelLimit, pixelLimit } from "../core/data/decoding/image_decoder.ts";
import { getDataset } from "../core/data/registry.ts";
import { ConfigError, LgdBenchError } from "../core/errors.ts";
import { hashJson, readFileIfPresent, sha256 } from "../core/files.ts";
import { methods } from "../core/methods/registry.ts";
import type {
  MeasureSpec,
  TextContents,
  TextPart,
  TextSource,
  TrainSpec,
} from "../core/recipe/jobs.ts";
import type { PlanContents, RowPlan } from "../core/recipe/plan.ts";
import { drawNames, uniteNames } from "../core/text/choose_names.ts";
import { checkClassNameList, readClassNameFile } from "../core/text/class_names.ts";
import { type TemplateSetName, templateSets } from "../core/text/templates.ts";
import { checkAlgorithmsFile } from "../core/train/autotune/stored_algorithms.ts";
import { tasks } from "../tasks/registry.ts";
import { teachers } from "../teachers/registry.ts";
import { contentHash } from "../teachers/teacher.ts";

/** Where a text bank's names are from, for messages. */
export function describeText(text: TextSource): string {
  if ("union" in text) return text.union.map(describeText).join(" and ");
  if ("names" in text) return "the list of names";
  return "task" in text ? `${text.data} (task ${text.task})` : text.file;
}

async function resolveTextPart(text: TextPart): Promise<TextContents> {
  const found = "task" in text
    ? await (async () => {
      const task = tasks.get(text.task);
      const dataset = await getDataset<Annotation>(text.data);
      return {
        classNames: task.classNames(dataset, text.settings),
        templates: task.templates(text.settings),
      };
    })()
    : {
      classNames: (await readClassNameFile(text.file)).names,
      templates: templateSets[text.templates as TemplateSetName],
    };
  const { count } = text;
  if (count === undefined) return found;
  const most = typeof count === "number"
    ? count
    : (await getDataset<Annotation>(count)).classNames.length;
  return { ...found, classNames: drawNames(found.classNames, most, describeText(text)) };
}

/** Class names and prompts of a text bank. @throws {ConfigError} where the names cannot be used. */
export async function resolveText(text: TextSource): Promise<TextContents> {
  if ("names" in text) {
    return {
      classNames: checkClassNameList(text.names, describeText(text)).names,
      templates: templateSets[text.templates as TemplateSetName],
    };
  }
  if (!("union" in text)) return await resolveTextPart(text);
  const parts = await Promise.all(text.union.map(resolveTextPart));
  const templates = parts[0]?.templates ?? [];
  const other = parts.findIndex((part) => hashJson(part.templates) !== hashJson(templates));
  if (other > 0) {
    throw new ConfigError(
      `Cannot unite the class names of ${describeText(text)}: ${
        describeText(text.union[0]!)
      } and ` +
        `${describeText(text.union[other]!)} have different prompts; set the same for both`,
    );
  }
  return { classNames: uniteNames(parts.map(({ classNames }) => classNames)), templates };
}

/** Splits of a measurement that its data set has. */
export function splitsOf(
  { splits }: Pick<MeasureSpec, "splits">,
  dataset: Pick<Dataset, "splits">,
): string[] {
  return splits.filter((split) => splitNames(dataset).includes(split));
}

/** Something that a run read, with a hash of its content. */
export interface ContentHash {
  /** `"data emojinet-100 val"`, `"teacher emoji-clip"`. */
  readonly id: string;
  readonly hash: string;
}

/** Contents of everything that specifications name, each looked up once. */
export class JobContents implements PlanContents {
  readonly #plugins: Readonly<Record<string, string>>;
  readonly #trains = new Map<string, ReturnType<PlanContents["train"]>>();
  readonly #measures = new Map<string, ReturnType<PlanContents["measure"]>>();
  readonly #fingerprints = new Map<string, Promise<string>>();
  readonly #teachers = new Map<string, Promise<string>>();
  readonly #texts = new Map<string, Promise<TextContents>>();
  /** Hash of each file of algorithms. */
  readonly #algorithms = new Map<string, Promise<string>>();
  /** Everything that was looked at. */
  readonly hashes = new Map<string, string>();

  /** @param plugins See `pluginContents`. */
  constructor(plugins: Readonly<Record<string, string>> = {}) {
    this.#plugins = plugins;
  }

  /**
   * Looks everything up that rows name.
   *
   * @throws {ConfigError} with every problem of names and lists. {DataError} where data are missing.
   */
  async load(rows: readonly Pick<RowPlan, "train" | "measures">[]): Promise<void> {
    const problems = new Set<string>();
    const attempt = async (work: () => Promise<void>) => {
      try {
        await work();
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error;
        problems.add(error.message);
      }
    };
    for (const { train, measures } of rows) {
      if (train !== null) await attempt(() => this.#loadTrain(train));
      for (const { spec } of measures) await attempt(() => this.#loadMeasure(spec));
    }
    if (problems.size > 0) throw new ConfigError([...problems].join("\n  "));
  }

  async #loadTrain(spec: TrainSpec): Promise<void> {
    const key = hashJson(spec);
    if (this.#trains.has(key)) return;
    const training = spec.teacherTraining;
    if (training !== undefined) await this.#loadTrain(training.spec);
    // The key of a training stands for the teacher that it makes.
    const isRegistered = spec.teacher !== null && training === undefined;
    const teacher = isRegistered ? await this.teacherHash(spec.teacher!) : null;
    if (spec.method === null) {
      this.#trains.set(key, {
        methodVersion: null,
        data: "",
        teacher,
        text: null,
        algorithms: null,
        plugins: this.pluginsOf({ teacher: spec.teacher }),
      });
      return;
    }
    const method = methods.get(spec.method);
    const dataset = await getDataset<Annotation>(spec.data);
    const data = await this.fingerprint(spec.data, trainSplit(dataset));
    this.#trains.set(key, {
      methodVersion: method.version,
      data: method.needs.labels ? hashJson([data, dataset.classNames]) : data,
      teacher,
      text: spec.text === null ? null : await this.text(spec.text),
      algorithms: await this.#algorithmsHash(spec.pretrain.algorithms),
      plugins: this.pluginsOf({
        method: spec.method,
        student: spec.student,
        teacher: isRegistered ? spec.teacher : null,
        dataset: spec.data,
      }),
    });
  }

  async #loadMeasure(spec: MeasureSpec): Promise<void> {
    const key = hashJson(spec);
    if (this.#measures.has(key)) return;
    const task = tasks.get(spec.task);
    const dataset = await getDataset<Annotation>(spec.data);
    const data: Record<string, string> = {};
    const trained = dataset.splits.filter(({ role }) => role === "train").map(({ name }) => name);
    for (const split of new Set([...trained, ...splitsOf(spec, dataset)])) {
      data[split] = await this.fingerprint(spec.data, split);
    }
    this.#measures.set(key, {
      taskVersion: task.version,
      data,
      text: await this.text({ task: spec.task, data: spec.data, settings: spec.settings }),
      plugins: this.pluginsOf({ task: spec.task, dataset: spec.data }),
    });
  }

  /** SHA-256 of the plug-ins that brought things, by kind. */
  pluginsOf(names: Readonly<Record<string, string | null>>): Record<string, string> {
    const found: Record<string, string> = {};
    for (const [kind, name] of Object.entries(names)) {
      const hash = this.#plugins[`${kind} ${name}`];
      if (hash !== undefined) found[kind] = hash;
    }
    return found;
  }

  /** Fingerprint of a split of a data set. */
  async fingerprint(data: string, split: string): Promise<string> {
    const id = `data ${data} ${split}`;
    let found = this.#fingerprints.get(id);
    if (found === undefined) {
      found = getDataset<Annotation>(data).then(async (dataset) => {
        getSplit(dataset, split);
        const content = await dataset.fingerprint(split);
        // Larger images are left out, or read at a part of their size. Icons are drawn, not decoded.
        const isDecoded = dataset.composer === undefined && pixelLimit() !== defaultPixelLimit;
        return isDecoded ? hashJson([content, { pixelLimit: pixelLimit() }]) : content;
      });
      this.#fingerprints.set(id, found);
    }
    const hash = await found;
    this.hashes.set(id, hash);
    return hash;
  }

  /** Hash of a teacher's weights and preprocessing, and of what its text encoder reads. */
  async teacherHash(name: string): Promise<string> {
    let found = this.#teachers.get(name);
    if (found === undefined) {
      found = (async () => {
        const teacher = await teachers.get(name)();
        try {
          return await contentHash(teacher);
        } finally {
          await teacher.release();
        }
      })();
      this.#teachers.set(name, found);
    }
    const hash = await found;
    this.hashes.set(`teacher ${name}`, hash);
    return hash;
  }

  /** Class names and prompts of a text bank. */
  text(text: TextSource): Promise<TextContents> {
    const key = hashJson(text);
    const found = this.#texts.get(key) ?? resolveText(text);
    this.#texts.set(key, found);
    return found;
  }

  async #algorithmsHash(algorithms: string): Promise<string | null> {
    if (!algorithms.startsWith("file:")) return null;
    let found = this.#algorithms.get(algorithms);
    if (found === undefined) {
      found = (async () => {
        await checkAlgorithmsFile(algorithms);
        const bytes = await readFileIfPresent(algorithms.slice("file:".length));
        return sha256(bytes!);
      })();
      this.#algorithms.set(algorithms, found);
    }
    return await found;
  }

  /** @throws {LgdBenchError} for a specification that was not loaded. */
  train(spec: TrainSpec): ReturnType<PlanContents["train"]> {
    const found = this.#trains.get(hashJson(spec));
    if (found === undefined) throw new LgdBenchError("internal: a training was not looked up", 1);
    return found;
  }

  /** @throws {LgdBenchError} for a specification that was not loaded. */
  measure(spec: MeasureSpec): ReturnType<PlanContents["measure"]> {
    const found = this.#measures.get(hashJson(spec));
    if (found === undefined) {
      throw new LgdBenchError("internal: a measurement was not looked up", 1);
    }
    return found;
  }
}
