/**
 * Makes the figures of a request.
 *
 * @module
 */

import type { JointFigure } from "../../core/results/joint_figures.ts";
import type { StudentOverrides } from "../student_file.ts";
import { activationFigure } from "./activation_figure.ts";
import { confusionFigure, gainFigure } from "./class_figures.ts";
import { withEmbeddedRows } from "./embedded_rows.ts";
import { featureFigures } from "./feature_figure.ts";
import type { FigureRequest } from "./request.ts";

/** Figures with the pictures that they refer to. */
export interface MadeFigures {
  /** PNG as data URIs, by name. */
  readonly pictures: Record<string, string>;
  readonly figures: JointFigure[];
  /** What is not drawn, and why. */
  readonly warnings: string[];
}

/** How figures are made. */
export interface MakeFiguresOptions {
  /** @default {1} */
  readonly threads?: number;
  /** What students' files do not say. */
  readonly overrides?: StudentOverrides | undefined;
  /** Told how far a phase is. */
  readonly onProgress?: (phase: string, step: number, steps: number) => void;
}

/**
 * Makes the figures of a request: the same ones from the same models and data.
 *
 * @throws {ConfigError} where a row cannot be compared with texts. {DataError} where data or weights are
 * missing or damaged.
 */
export async function makeFigures(
  request: FigureRequest,
  { threads = 1, overrides, onProgress = () => {} }: MakeFiguresOptions = {},
): Promise<MadeFigures> {
  const { settings, number, split, seed } = request;
  const { column, activations, features, confusions, gain } = settings;
  const embedding = {
    threads,
    overrides,
    onProgress: (done: number, total: number) => onProgress("embed", done, total),
  };
  return await withEmbeddedRows(request, embedding, async (embedded) => {
    const warnings: string[] = [];
    const warn = (message: string) => warnings.push(message);
    const common = (kind: string) => ({
      id: `${kind}-${number}`,
      column,
      data: embedded.dataset.title.slice(0, 200),
      split,
      seed,
    });
    const pictures: Record<string, string> = {};
    const figures: JointFigure[] = [];
    const add = (made: { figure: JointFigure; pictures: Record<string, string> } | undefined) => {
      if (made === undefined) return;
      figures.push(made.figure);
      Object.assign(pictures, made.pictures);
    };
    if (activations !== undefined) {
      onProgress("activations", 0, 1);
      add(
        await activationFigure(embedded, activations, common("activations"), { threads, warn }),
      );
    }
    if (features !== undefined) {
      const made = await featureFigures(embedded, features, common("features"), {
        seed,
        warn,
        onProgress: (done, total) => onProgress("features", done, total),
      });
      figures.push(...made.figures);
      Object.assign(pictures, made.pictures);
    }
    if (confusions !== undefined) {
      add(await confusionFigure(embedded, confusions.pairs, common("confusions")));
    }
    const gained = gain && gainFigure(embedded, gain, common("gain"));
    if (gained !== undefined) figures.push(gained);
    return { pictures, figures, warnings };
  });
}
