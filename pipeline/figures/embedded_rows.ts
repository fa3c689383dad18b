/**
 * What figures are made of: the embeddings of the views of a split by every row, and the class texts.
 *
 * @module
 */

import type { LabelAnnotation } from "../../core/data/annotation.ts";
import type { Dataset } from "../../core/data/dataset.ts";
import { getDataset } from "../../core/data/registry.ts";
import { closeViews, countViews, type ViewSet } from "../../core/data/views/view_set.ts";
import { ConfigError } from "../../core/errors.ts";
import { buildTextBank, nearestTextOf, type TextBank } from "../../core/text/text_bank.ts";
import type { MeasuredModel } from "../../tasks/task.ts";
import { teachers } from "../../teachers/registry.ts";
import type { Teacher } from "../../teachers/teacher.ts";
import { loadFixedViews } from "../fixed_views.ts";
import { modelOfFile, teacherModel } from "../models.ts";
import { readStudentFile, type StudentOverrides } from "../student_file.ts";
import type { FigureRequest, FigureRow } from "./request.ts";

/** What one row says of the views of a split. */
export interface EmbeddedRow extends FigureRow {
  /** The model; it is released after the figures are made. */
  readonly model: MeasuredModel;
  /** The views at the size that it takes. */
  readonly views: ViewSet;
  /** Unit vectors, [views, D]. */
  readonly embeddings: Float32Array;
  /** Texts of the classes in the same space. */
  readonly bank: TextBank;
  /** Class that each view is taken for: whose text is the nearest. */
  readonly predictions: Int32Array;
}

/** A split with what every row says of it. */
export interface EmbeddedSplit {
  readonly dataset: Dataset<LabelAnnotation>;
  /** Class of each view. */
  readonly labels: Int32Array;
  readonly rows: readonly EmbeddedRow[];
}

/** Loads models, views and texts, each once. */
class Loader {
  readonly #request: FigureRequest;
  readonly #threads: number;
  readonly #dataset: Dataset<LabelAnnotation>;
  readonly #teachers = new Map<string, Teacher>();
  readonly #banks = new Map<string, TextBank>();
  readonly #views = new Map<number, ViewSet>();
  readonly #release: (() => Promise<void>)[] = [];

  constructor(request: FigureRequest, dataset: Dataset<LabelAnnotation>, threads: number) {
    this.#request = request;
    this.#dataset = dataset;
    this.#threads = threads;
  }

  async #teacher(name: string): Promise<Teacher> {
    const known = this.#teachers.get(name);
    if (known !== undefined) return known;
    const teacher = await teachers.get(name)({ threads: this.#threads });
    this.#teachers.set(name, teacher);
    this.#release.push(() => teacher.release());
    return teacher;
  }

  async #bank(teacher: Teacher): Promise<TextBank> {
    const known = this.#banks.get(teacher.name);
    if (known !== undefined) return known;
    if (teacher.encodeText === undefined) {
      throw new ConfigError(
        `Cannot make figures with teacher ${teacher.name}: it has no text encoder, and images are ` +
          "compared with class names",
      );
    }
    const bank = await buildTextBank(
      teacher.encodeText,
      this.#dataset.classNames,
      this.#request.templates,
    );
    this.#banks.set(teacher.name, bank);
    return bank;
  }

  async #viewsOf(imageSize: number): Promise<ViewSet> {
    const known = this.#views.get(imageSize);
    if (known !== undefined) return known;
    const { split, views } = this.#request;
    const set = await loadFixedViews(this.#dataset, split, { views, imageSize });
    this.#views.set(imageSize, set);
    this.#release.push(() => Promise.resolve(closeViews(set)));
    return set;
  }

  async row(row: FigureRow, overrides: StudentOverrides = {}): Promise<EmbeddedRow> {
    const teacher = await this.#teacher(row.teacher);
    const bank = await this.#bank(teacher);
    const model = row.student === null
      ? teacherModel(teacher)
      : await modelOfFile(await readStudentFile(row.student, overrides), {
        name: row.row,
        teacher,
        threads: this.#threads,
      });
    this.#release.push(() => model.release());
    if (model.embeddings === undefined) {
      throw new ConfigError(
        `Cannot make figures of ${row.row}: it has no embedding in the space of teacher ${teacher.name}`,
      );
    }
    const views = await this.#viewsOf(model.imageSize);
    const embeddings = await model.embeddings(views);
    if (embeddings.length !== countViews(views) * bank.dimension) {
      throw new ConfigError(
        `Cannot make figures of ${row.row}: its embeddings have ${
          embeddings.length / countViews(views)
        } numbers, and those of the texts ${bank.dimension}`,
      );
    }
    const nearest = nearestTextOf(embeddings, bank);
    const predictions = Int32Array.from({ length: countViews(views) }, (_, view) => nearest(view));
    return { ...row, model, views, embeddings, bank, predictions };
  }

  async release(): Promise<void> {
    for (const release of this.#release.reverse()) await release();
  }
}

/**
 * Embeds the views of a split by every row of a request, hands them on, and releases the models.
 *
 * @throws {ConfigError} where a row has no embedding that can be compared with texts.
 * @throws {DataError} where data or weights are missing or damaged.
 */
export async function withEmbeddedRows<Result>(
  request: FigureRequest,
  { threads, overrides, onProgress }: {
    readonly threads: number;
    /** What students' files do not say. */
    readonly overrides?: StudentOverrides | undefined;
    readonly onProgress: (done: number, total: number) => void;
  },
  use: (split: EmbeddedSplit) => Promise<Result>,
): Promise<Result> {
  const dataset = await getDataset<LabelAnnotation>(request.data);
  const loader = new Loader(request, dataset, threads);
  try {
    const rows: EmbeddedRow[] = [];
    for (const [index, row] of request.rows.entries()) {
      rows.push(await loader.row(row, overrides));
      onProgress(index + 1, request.rows.length);
    }
    const { samples, viewsPerSample } = rows[0]!.views;
    const bySample = samples.labels();
    const labels = Int32Array.from(
      { length: bySample.length * viewsPerSample },
      (_, view) => bySample[Math.floor(view / viewsPerSample)]!,
    );
    return await use({ dataset, labels, rows });
  } finally {
    await loader.release();
  }
}
