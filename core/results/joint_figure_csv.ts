/**
 * The numbers of a figure as CSV, beside the picture.
 *
 * @module
 */

import { csvField } from "../csv.ts";
import type { JointFigure } from "./joint_figures.ts";

/** Lines of fields, the first is the head. */
function linesOf(figure: JointFigure): (string | number)[][] {
  switch (figure.kind) {
    case "activations":
      return [
        ["image", "class", "row", "layer", "cosine", "y", "x", "activation"],
        ...figure.images.flatMap(({ id, label, rows }) =>
          rows.flatMap(({ score, values }, place) => {
            const { row, layer, width } = figure.rows[place]!;
            return values.map((value, at) => [
              id,
              label,
              row,
              layer,
              score,
              Math.floor(at / width),
              at % width,
              value,
            ]);
          })
        ),
      ];
    case "features":
      return [
        ["panel", "kind", "row", "item", "class", "x", "y"],
        ...figure.panels.flatMap(({ series }, panel) =>
          series.flatMap(({ kind, row, items, x, y }) =>
            items.map((item, place) => {
              const point = figure.points[item];
              const label = kind === "images" ? point!.label : item;
              const name = figure.classes[label]!;
              return [
                panel + 1,
                kind,
                row,
                kind === "images" ? point!.id : name,
                name,
                x[place]!,
                y[place]!,
              ];
            })
          )
        ),
      ];
    case "confusions":
      return [
        ["first", "second", "cosine of texts", ...figure.rows.map(({ row }) => row)],
        ...figure.pairs.map(({ first, second, cosine, values }) => [
          first,
          second,
          cosine,
          ...values,
        ]),
      ];
    case "gain":
      return [
        ["class", "views", figure.base, figure.other, "difference"],
        ...figure.classes.map(({ name, views, base, other }) => [
          name,
          views,
          base,
          other,
          Number((other - base).toFixed(4)),
        ]),
      ];
  }
}

/** The numbers of a figure as CSV (RFC 4180), with a head. */
export function jointFigureCsv(figure: JointFigure): string {
  return linesOf(figure).map((fields) => fields.map(csvField).join(",") + "\r\n").join("");
}
