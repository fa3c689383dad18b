/** Small figures of several rows, one of each kind, for tests. */

import type { JointFigure } from "../joint_figures.ts";

const common = { column: "zs_in1k", data: "Small set", split: "val", seed: 0 };
const atlas = { picture: "tiles", tile: 8, columns: 2, count: 2 };
const base = "rn18-seed-200", other = "rn18-lgd-200";

/** The figures. */
export const jointFigures: JointFigure[] = [
  {
    ...common,
    id: "activations-1",
    kind: "activations",
    atlas,
    rows: [
      { row: base, layer: "c4", height: 1, width: 2 },
      { row: other, layer: "c5", height: 1, width: 1 },
    ],
    images: [
      {
        id: "set/cat",
        label: "cat",
        tile: 0,
        rows: [{ score: 0.5, values: [0, 1] }, { score: 0.625, values: [0] }],
      },
      {
        id: "set/dog",
        label: "dog, small",
        tile: 1,
        rows: [{ score: -0.25, values: [1, 0.5] }, { score: 0.5, values: [1] }],
      },
    ],
  },
  {
    ...common,
    id: "features-1-umap",
    kind: "features",
    method: "UMAP",
    settings: "15 neighbours",
    classes: ["cat", "dog, small"],
    coloured: [1],
    points: [{ id: "set/cat", label: 0, tile: 0 }, { id: "set/dog", label: 1, tile: 1 }],
    atlas,
    panels: [
      {
        title: [other],
        numbers: [{ name: "trustworthiness, 15 neighbours", value: 0.875 }],
        series: [{ kind: "images", row: other, items: [0, 1], x: [30, 970], y: [970, 30] }],
      },
      {
        title: [base, other],
        numbers: [{ name: "gap", value: 0.25 }],
        series: [
          { kind: "images", row: base, items: [0], x: [30], y: [500] },
          { kind: "images", row: other, items: [0], x: [970], y: [500] },
          { kind: "texts", row: base, items: [0, 1], x: [500, 700], y: [970, 30] },
        ],
      },
    ],
  },
  {
    ...common,
    id: "confusions-1",
    kind: "confusions",
    atlas,
    rows: [{ row: base, errors: 40, shown: 25 }, { row: other, errors: 30, shown: 20 }],
    pairs: [
      { first: "cat", second: "dog, small", tiles: [0, 1], cosine: 0.75, values: [25, 12.5] },
    ],
  },
  {
    ...common,
    id: "gain-1",
    kind: "gain",
    base,
    other,
    classes: [
      { name: "cat", views: 4, base: 50, other: 75 },
      { name: "dog, small", views: 4, base: 25, other: 0 },
    ],
  },
];
