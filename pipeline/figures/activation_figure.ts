/**
 * The figure of activations: Grad-CAM of the same images by every row.
 *
 * @module
 */

import { readViews } from "../../core/data/views/view_set.ts";
import { gradCam, type GradCamMaps } from "../../core/methods/grad_cam.ts";
import type { RecipeFigures } from "../../core/recipe/figures_schema.ts";
import type { ActivationFigure } from "../../core/results/joint_figures.ts";
import { jointFigureLimits } from "../../core/results/joint_figure_limits.ts";
import { roundTo } from "../../core/round_to.ts";
import { makeAtlas, shrink } from "./atlas.ts";
import { firstViewOf, presentClasses, spacedItems } from "./choose.ts";
import type { CommonFigureFields } from "./common_fields.ts";
import type { EmbeddedRow, EmbeddedSplit } from "./embedded_rows.ts";

/** Views as `[n, 3, size, size]`. */
function planarImages({ views }: EmbeddedRow, indices: readonly number[]): Uint8Array {
  const area = views.imageSize ** 2;
  const packed = new Uint8Array(3 * area * indices.length);
  readViews(views, indices, packed);
  const planar = new Uint8Array(packed.length);
  for (let image = 0; image < indices.length; image++) {
    for (let pixel = 0; pixel < area; pixel++) {
      for (let channel = 0; channel < 3; channel++) {
        planar[(3 * image + channel) * area + pixel] =
          packed[3 * (image * area + pixel) + channel]!;
      }
    }
  }
  return planar;
}

/** One row's maps of the images, each as a share of its largest number. */
function scaledMaps({ maps, height, width }: GradCamMaps, images: number) {
  const most = jointFigureLimits.activationSide;
  const size = { height: Math.min(height, most), width: Math.min(width, most) };
  const values = Array.from({ length: images }, (_, image) => {
    const own = maps.subarray(image * height * width, (image + 1) * height * width);
    const small = shrink(own, 1, { height, width }, size);
    const largest = small.reduce((a, b) => Math.max(a, b), 0);
    return Array.from(small, (value) => largest > 0 ? roundTo(value / largest, 3) : 0);
  });
  return { ...size, values };
}

/**
 * Grad-CAM of some images with respect to the text of their class; undefined where no row has feature maps.
 *
 * @param warn Told of rows that cannot be looked at.
 */
export async function activationFigure(
  { dataset, rows }: EmbeddedSplit,
  { images: most, layer }: NonNullable<RecipeFigures["activations"]>,
  common: CommonFigureFields,
  { threads, warn }: { readonly threads: number; readonly warn: (message: string) => void },
): Promise<{ figure: ActivationFigure; pictures: Record<string, string> } | undefined> {
  const shown = rows.filter(({ row, model }) => {
    if (model.mapped !== undefined) return true;
    warn(`${row} has no Grad-CAM: its image encoder has no feature maps that can be looked at`);
    return false;
  });
  const { views } = rows[0]!;
  const labels = spacedItems(presentClasses(views), most);
  const indices = labels.map((label) => firstViewOf(views, label));
  // The largest pictures that there are.
  const sharpest = rows.reduce((a, b) => b.views.imageSize > a.views.imageSize ? b : a).views;
  const drawn = await makeAtlas(sharpest, indices);
  if (shown.length === 0 || drawn === undefined) return undefined;
  const made: {
    row: string;
    found: GradCamMaps;
    maps: ReturnType<typeof scaledMaps>;
  }[] = [];
  for (const row of shown) {
    const { dimension, data } = row.bank;
    const texts = new Float32Array(labels.length * dimension);
    labels.forEach((label, place) =>
      texts.set(data.subarray(label * dimension, (label + 1) * dimension), place * dimension)
    );
    const found = await gradCam(row.model.mapped!, {
      images: planarImages(row, indices),
      imageSize: row.views.imageSize,
      texts,
      dimension,
      layer,
      threads,
    });
    made.push({ row: row.row, found, maps: scaledMaps(found, labels.length) });
  }
  return {
    pictures: drawn.pictures,
    figure: {
      ...common,
      kind: "activations",
      atlas: drawn.atlas,
      rows: made.map(({ row, found: { layer }, maps: { height, width } }) => (
        { row, layer, height, width }
      )),
      images: labels.map((label, place) => ({
        id: views.samples.id(Math.floor(indices[place]! / views.viewsPerSample)).slice(0, 200),
        label: dataset.classNames[label]!.slice(0, 200),
        tile: place,
        rows: made.map(({ found: { scores }, maps: { values } }) => ({
          score: roundTo(scores[place]!, 4),
          values: values[place]!,
        })),
      })),
    },
  };
}
