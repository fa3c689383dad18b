/** A small result with figures of every kind, for tests of the report. */

import sharp from "sharp";
import type { Figure, FigureShape, ResultFigures } from "../../core/results/figures.ts";
import type { ResultFile } from "../../core/results/result.ts";

/** A picture of one colour as a data URI. */
async function picture(red: number, green: number, blue: number): Promise<string> {
  const background = { r: red, g: green, b: blue };
  const png = await sharp({ create: { width: 128, height: 96, channels: 3, background } }).png()
    .toBuffer();
  return `data:image/png;base64,${png.toString("base64")}`;
}

/** The figures of a row whose boxes are off by some pixels. */
export function figuresOf(off: number): Figure[] {
  const shape = (label: string, x: number, size: number, score?: number): FigureShape => ({
    label,
    ...(score === undefined ? {} : { score }),
    box: [x, 20 - off, x + size, 20 + size],
    outline: `M${x} 20h${size}v${size}h-${size}zm5 5h4v4h-4z`,
  });
  const scene = (id: string, picture: string) => ({
    id,
    picture,
    width: 128,
    height: 96,
    truth: [shape("pizza", 10, 40), shape("dog", 70, 30)],
    found: [shape("pizza", 10 + off, 40, 0.98), shape("dog", 70 - off, 30, 0.6)].slice(
      off > 8 ? 1 : 0,
    ),
  });
  return [
    {
      kind: "scenes",
      id: "scenes",
      title: "Scenes",
      split: "val",
      scenes: ["one", "two", "three", "four"].map((id, index) => scene(id, index % 2 ? "b" : "a")),
    },
    {
      kind: "lines",
      id: "precision-recall",
      title: "Precision and recall",
      split: "val",
      x: "recall",
      y: "precision",
      lines: [0.5, 0.75].map((iou) => ({
        name: `IoU ${iou}`,
        x: Array.from({ length: 11 }, (_, index) => index / 10),
        y: Array.from({ length: 11 }, (_, index) => 1 - (iou + off / 40) * (index / 10) ** 2),
      })),
    },
    {
      kind: "bars",
      id: "errors",
      title: "Errors",
      split: "val",
      unit: "AP50",
      compare: "beside",
      bars: ["classification", "localisation", "missed"].map((name, index) => ({
        name,
        value: index + off / 2,
      })),
    },
    {
      kind: "bars",
      id: "categories",
      title: "AP by category",
      split: "val",
      unit: "AP",
      compare: "difference",
      bars: ["pizza", "dog", "cat", "bus"].map((name, index) => ({
        name,
        value: name === "bus" ? null : 50 + index * 7 - off * (index - 1),
      })),
    },
  ];
}

/** The figures of two rows of a result. */
export async function addFigures(
  result: ResultFile,
  [base, other]: readonly [string, string],
): Promise<ResultFile> {
  const column = result.columns[0]!.id;
  const rows = [{ row: base, off: 10 }, { row: other, off: 2 }];
  const figures: ResultFigures = {
    pictures: { a: await picture(60, 90, 130), b: await picture(190, 170, 120) },
    figures: rows.flatMap(({ row, off }) =>
      figuresOf(off).map((figure) => ({ row, column, data: "Small scenes", seed: 0, figure }))
    ),
  };
  return { ...result, figures };
}
