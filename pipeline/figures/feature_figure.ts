/**
 * Maps of features: each row by itself, and students together with their teacher and its texts.
 *
 * @module
 */

import { DataError } from "../../core/errors.ts";
import type { RecipeFigures } from "../../core/recipe/figures_schema.ts";
import {
  modalityGap,
  rPrecision,
  trustworthiness,
} from "../../core/projection/neighbour_measures.ts";
import { type Points, pointsOf, squaredDistances } from "../../core/projection/points.ts";
import { tSne } from "../../core/projection/t_sne.ts";
import { umap } from "../../core/projection/umap.ts";
import type { FeatureFigure, FeaturePanel } from "../../core/results/joint_figures.ts";
import { jointFigureLimits } from "../../core/results/joint_figure_limits.ts";
import { roundTo } from "../../core/round_to.ts";
import { makeAtlas } from "./atlas.ts";
import { chooseViews, presentClasses, spacedItems } from "./choose.ts";
import type { CommonFigureFields } from "./common_fields.ts";
import type { EmbeddedRow, EmbeddedSplit } from "./embedded_rows.ts";

type Settings = NonNullable<RecipeFigures["features"]>;
type MapMethod = Settings["methods"][number];

/** Room around the points of a panel. */
const margin = 30;

/** Rows of a matrix by their indices. */
function gather(matrix: Float32Array, dimension: number, indices: readonly number[]): Float32Array {
  const rows = new Float32Array(indices.length * dimension);
  indices.forEach((index, place) =>
    rows.set(matrix.subarray(index * dimension, (index + 1) * dimension), place * dimension)
  );
  return rows;
}

/** Positions as whole numbers of a panel; distances in all directions keep their ratio. */
function panelCoordinates(positions: Float64Array): { x: number[]; y: number[] } {
  const axis = (offset: number) => positions.filter((_, index) => index % 2 === offset);
  const extent = (values: Float64Array) => {
    const low = values.reduce((a, b) => Math.min(a, b), Infinity);
    const high = values.reduce((a, b) => Math.max(a, b), -Infinity);
    return { middle: (low + high) / 2, length: high - low };
  };
  const x = axis(0), y = axis(1);
  const { panelSide } = jointFigureLimits;
  const longest = Math.max(extent(x).length, extent(y).length, 1e-300);
  const place = (values: Float64Array) => {
    const { middle } = extent(values);
    return Array.from(
      values,
      (value) => Math.round(panelSide / 2 + (panelSide - 2 * margin) * (value - middle) / longest),
    );
  };
  return { x: place(x), y: place(y) };
}

/** Fewest points of which a map is made: fewer have no neighbours to speak of. */
const fewestPoints = 4;

/** The settings of maps of so many points: of few, fewer are near. */
function fitSettings(settings: Settings, count: number): Settings {
  return {
    ...settings,
    neighbours: Math.min(settings.neighbours, count - 1),
    perplexity: Math.min(settings.perplexity, Math.floor(10 * (count - 1) / 3) / 10),
  };
}

/**
 * A map of points, its coordinates in the panel and how far it can be trusted.
 *
 * @throws {DataError} where there are too few points.
 */
function drawMap(
  points: Points,
  distances: Float64Array,
  method: MapMethod,
  settings: Settings,
  seed: number,
) {
  const { count } = points;
  if (count < fewestPoints) {
    throw new DataError(`expected ${fewestPoints} points or more, got ${count}`);
  }
  const { neighbours, minDistance, perplexity } = fitSettings(settings, count);
  const positions = method === "umap"
    ? umap(points, { neighbours, minDistance, seed })
    : tSne(points, { perplexity, seed });
  const map = { rows: Float32Array.from(positions), count, dimension: 2 };
  const k = Math.min(neighbours, Math.ceil(count / 2) - 1);
  return {
    ...panelCoordinates(positions),
    trust: {
      name: `trustworthiness, ${k} neighbours`,
      value: roundTo(trustworthiness(distances, squaredDistances(map), count, k), 3),
    },
  };
}

/** The settings of a method, in words. */
function describeSettings(method: MapMethod, settings: Settings, seed: number): string {
  const { neighbours, minDistance, perplexity } = settings;
  return method === "umap"
    ? `${neighbours} neighbours, least distance ${minDistance}, seed ${seed}`
    : `perplexity ${perplexity}, 1000 steps, seed ${seed}`;
}

/** Mean cosine of two lists of unit vectors. */
function meanCosine(first: Points, second: Points): number {
  let sum = 0;
  first.rows.forEach((value, index) => sum += value * second.rows[index]!);
  return sum / first.count;
}

/** Makes the panels of a split. */
class Panels {
  readonly #split: EmbeddedSplit;
  readonly #settings: Settings;
  readonly #seed: number;
  readonly #views: readonly number[];

  constructor(
    split: EmbeddedSplit,
    settings: Settings,
    { seed, views }: { seed: number; views: readonly number[] },
  ) {
    this.#split = split;
    this.#settings = settings;
    this.#seed = seed;
    this.#views = views;
  }

  #features({ row, embeddings, bank }: EmbeddedRow, views: readonly number[]): Points {
    return pointsOf(
      gather(embeddings, bank.dimension, views),
      bank.dimension,
      `features of ${row}`,
    );
  }

  /** The features of one row. */
  single(row: EmbeddedRow, method: MapMethod): FeaturePanel {
    const features = this.#features(row, this.#views);
    const distances = squaredDistances(features);
    const { x, y, trust } = drawMap(features, distances, method, this.#settings, this.#seed);
    const labels = this.#views.map((view) => this.#split.labels[view]!);
    const precision = rPrecision(distances, labels);
    return {
      title: [row.row],
      numbers: [
        trust,
        ...(Number.isNaN(precision) ? [] : [{
          name: "R-precision (nearest ones of the same class)",
          value: roundTo(precision, 3),
        }]),
      ],
      series: [{ kind: "images", row: row.row, items: this.#views.map((_, place) => place), x, y }],
    };
  }

  /** A student's features, its teacher's, and the texts of the classes: half as many views of each. */
  together(
    student: EmbeddedRow,
    teacher: EmbeddedRow | undefined,
    method: MapMethod,
  ): FeaturePanel {
    const half = Math.ceil(this.#views.length / 2);
    const places = spacedItems(this.#views.map((_, place) => place), half);
    const views = places.map((place) => this.#views[place]!);
    const present = presentClasses(student.views);
    const labels = spacedItems(present, half);
    const { dimension, data } = student.bank;
    const texts = pointsOf(gather(data, dimension, labels), dimension, "texts of the classes");
    const own = views.map((view) => this.#split.labels[view]!);
    const ownTexts = { ...texts, rows: gather(data, dimension, own), count: own.length };
    const rows = [...(teacher === undefined ? [] : [teacher]), student];
    const features = rows.map((row) => this.#features(row, views));
    const all = [...features, texts];
    const joined = new Float32Array(all.reduce((sum, { rows }) => sum + rows.length, 0));
    let place = 0;
    for (const { rows } of all) {
      joined.set(rows, place);
      place += rows.length;
    }
    const points = pointsOf(joined, dimension, `features of ${student.row} and texts`);
    const distances = squaredDistances(points);
    const { x, y, trust } = drawMap(points, distances, method, this.#settings, this.#seed);
    const names = rows.map((row) => row.student === null ? "teacher" : "student");
    const numbers = [
      trust,
      ...features.flatMap((points, index) => [
        {
          name: `gap between ${names[index]}'s images and texts`,
          value: roundTo(modalityGap(points, texts), 3),
        },
        {
          name: `cosine of ${names[index]}'s image and its class text`,
          value: roundTo(meanCosine(points, ownTexts), 3),
        },
      ]),
      ...(features.length < 2 ? [] : [{
        name: "cosine of student and teacher on an image",
        value: roundTo(meanCosine(features[0]!, features[1]!), 3),
      }]),
    ];
    const part = (index: number) => {
      const first = all.slice(0, index).reduce((sum, { count }) => sum + count, 0);
      const last = first + all[index]!.count;
      return { x: x.slice(first, last), y: y.slice(first, last) };
    };
    return {
      title: rows.map(({ row }) => row),
      numbers,
      series: [
        ...rows.map(({ row }, index) => (
          { kind: "images" as const, row, items: places, ...part(index) }
        )),
        { kind: "texts", row: rows[0]!.row, items: labels, ...part(rows.length) },
      ],
    };
  }
}

/**
 * Maps of the features of every row.
 *
 * @param options.warn Told of rows whose features are not finite or constant: they have no panel, and
 * neither has a split of fewer than four views.
 */
export async function featureFigures(
  split: EmbeddedSplit,
  wanted: Settings,
  common: CommonFigureFields,
  { seed, warn, onProgress }: {
    readonly seed: number;
    readonly warn: (message: string) => void;
    readonly onProgress: (done: number, total: number) => void;
  },
): Promise<{ figures: FeatureFigure[]; pictures: Record<string, string> }> {
  const { dataset, rows, labels } = split;
  const { views } = rows[0]!;
  const chosen = chooseViews(views, wanted.points);
  const settings = fitSettings(wanted, Math.max(fewestPoints, chosen.length));
  const panels = new Panels(split, settings, { seed, views: chosen });
  const drawn = await makeAtlas(views, chosen);
  const total = settings.methods.length * (rows.length + settings.together.length);
  let done = 0;
  const attempt = (make: () => FeaturePanel): FeaturePanel[] => {
    try {
      return [make()];
    } catch (error) {
      if (!(error instanceof DataError)) throw error;
      warn(`A map of features is not drawn: ${error.message}`);
      return [];
    } finally {
      onProgress(++done, total);
    }
  };
  const figures = settings.methods.flatMap((method): FeatureFigure[] => {
    const made = [
      ...rows.flatMap((row) => attempt(() => panels.single(row, method))),
      ...settings.together.flatMap((name) => {
        const student = rows.find(({ row }) => row === name);
        if (student === undefined) return [];
        const teacher = rows.find((row) =>
          row.student === null && row.teacher === student.teacher && row !== student
        );
        return attempt(() => panels.together(student, teacher, method));
      }),
    ];
    if (made.length === 0) return [];
    return [{
      ...common,
      id: `${common.id}-${method}`,
      kind: "features",
      method: method === "umap" ? "UMAP" : "t-SNE",
      settings: describeSettings(method, settings, seed),
      classes: dataset.classNames.map((name) => name.slice(0, 200)),
      coloured: spacedItems(presentClasses(views), settings.classes),
      points: chosen.map((view, tile) => ({
        id: views.samples.id(Math.floor(view / views.viewsPerSample)).slice(0, 200),
        label: labels[view]!,
        tile,
      })),
      atlas: drawn?.atlas ?? null,
      panels: made,
    }];
  });
  return { figures, pictures: figures.length === 0 ? {} : drawn?.pictures ?? {} };
}
