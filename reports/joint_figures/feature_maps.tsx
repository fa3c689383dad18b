// deno-lint-ignore-file jsx-key -- rendered once to text: keys would never be read

/**
 * Maps of features in the report. Under the pointer a point shows its image and class: all of that is in
 * the page, and no script runs.
 *
 * @module
 */

import type { VNode } from "preact";
import type { FeatureFigure, FeaturePanel } from "../../core/results/joint_figures.ts";
import { jointFigureLimits } from "../../core/results/joint_figure_limits.ts";
import { cleanText, formatNumber } from "../format.ts";
import type { JointFigureContext } from "./activations.tsx";
import { tileBox } from "./tiles.tsx";

/** Side of a panel in units of its drawing. */
const side = 400;
/** Strip below the points, where the one under the pointer is shown. */
const strip = 52;

/** Colours of classes: told apart on light and on dark pages. */
const colours = [
  "#0072b2",
  "#e69f00",
  "#009e73",
  "#cc79a7",
  "#d55e00",
  "#56b4e9",
  "#8a6d00",
  "#7a52a3",
  "#5b8c2a",
  "#c0392b",
  "#17a2a2",
  "#b8568f",
] as const;

/** Colour of the points of a class; undefined for those that have none of their own. */
function colourOf(figure: FeatureFigure, label: number): string | undefined {
  const place = figure.coloured.indexOf(label);
  return place < 0 ? undefined : colours[place % colours.length];
}

/**
 * The mark of a point: a circle for the first row, a square for the second, a diamond for texts.
 *
 * @param size Half of its width.
 */
function markOf(kind: "images" | "texts", row: number, x: number, y: number, size: number): string {
  if (kind === "texts") {
    const half = 1.6 * size;
    return `M${x} ${y - half}l${half} ${half}l-${half} ${half}l-${half}-${half}z`;
  }
  return row === 0
    ? `M${x - size} ${y}a${size} ${size} 0 1 0 ${2 * size} 0a${size} ${size} 0 1 0-${2 * size} 0z`
    : `M${x - size} ${y - size}h${2 * size}v${2 * size}h-${2 * size}z`;
}

/** Names of the images and texts of a figure, once for all its panels. */
function Tips(
  { figure, id, pictureId }: {
    figure: FeatureFigure;
    id: string;
    pictureId: JointFigureContext["pictureId"];
  },
): VNode {
  const { atlas, points, classes, panels } = figure;
  const used = new Set(
    panels.flatMap(({ series }) =>
      series.flatMap(({ kind, items }) => kind === "texts" ? items : [])
    ),
  );
  return (
    <svg width="0" height="0" class="pictures" aria-hidden="true">
      <defs>
        {points.map(({ id: sample, label, tile }, point) => (
          <g id={`${id}-i${point}`}>
            {atlas === null
              ? null
              : (
                <svg x="4" y={side + 2} width="48" height="48" viewBox={tileBox(atlas, tile)}>
                  <use href={`#${pictureId(atlas.picture)}`} />
                </svg>
              )}
            <text x="60" y={side + 22}>{cleanText(classes[label]!)}</text>
            <text x="60" y={side + 40} class="sample">{cleanText(sample)}</text>
          </g>
        ))}
        {[...used].map((label) => (
          <g id={`${id}-t${label}`}>
            <text x="60" y={side + 22}>{`“${cleanText(classes[label]!)}”`}</text>
            <text x="60" y={side + 40} class="sample">text</text>
          </g>
        ))}
      </defs>
    </svg>
  );
}

/** Title of a panel: its rows. */
function panelTitle({ title, series }: FeaturePanel, nameOf: JointFigureContext["nameOf"]): string {
  const names = title.map(nameOf);
  return series.some(({ kind }) => kind === "texts")
    ? `${names.join(" and ")} with the class texts`
    : names.join(" and ");
}

function Panel(
  { figure, panel, id, nameOf }: {
    figure: FeatureFigure;
    panel: FeaturePanel;
    id: string;
    nameOf: JointFigureContext["nameOf"];
  },
): VNode {
  const { series, numbers, title } = panel;
  const scale = side / jointFigureLimits.panelSide;
  const name = panelTitle(panel, nameOf);
  const list = numbers.map((number) => `${number.name} ${formatNumber(number.value, 2)}`);
  const points = series.flatMap(({ kind, row, items, x, y }) =>
    items.map((item, place) => ({
      kind,
      item,
      row: Math.max(0, title.indexOf(row)),
      colour: colourOf(figure, kind === "images" ? figure.points[item]!.label : item),
      x: Math.round(x[place]! * scale),
      y: Math.round(y[place]! * scale),
    }))
  );
  // Coloured ones lie above the others.
  points.sort((a, b) => Number(a.colour !== undefined) - Number(b.colour !== undefined));
  const marks = [
    ...(title.length < 2
      ? []
      : title.map((row, index) => `${index === 0 ? "●" : "■"} ${nameOf(row)}`)),
    ...(series.some(({ kind }) => kind === "texts") ? ["◆ text of a class"] : []),
  ];
  return (
    <figure class="card feature-map">
      <figcaption>{`${figure.method}: ${name}`}</figcaption>
      <svg
        viewBox={`0 0 ${side} ${side + strip}`}
        role="img"
        aria-label={`${figure.method} of ${name}, ${points.length} points; ${list.join("; ")}`}
      >
        <rect class="frame" x="0.5" y="0.5" width={side - 1} height={side - 1} rx="6" />
        <text class="hint" x="8" y={side + 30}>point at a mark to see its image and class</text>
        {points.map(({ kind, item, row, colour, x, y }) => (
          <g class={colour === undefined ? "p o" : "p"}>
            <path d={markOf(kind, row, x, y, colour === undefined ? 3 : 4.5)} fill={colour} />
            <use href={`#${id}-${kind === "texts" ? "t" : "i"}${item}`} />
          </g>
        ))}
      </svg>
      <ul class="numbers">
        {marks.length === 0 ? null : <li>{marks.join("   ")}</li>}
        {list.map((line) => <li>{line}</li>)}
      </ul>
    </figure>
  );
}

/** A figure of maps of features. */
export function FeatureMaps(
  { figure, id, context: { nameOf, pictureId } }: {
    figure: FeatureFigure;
    /** Unique on the page. */
    id: string;
    context: JointFigureContext;
  },
): VNode {
  return (
    <>
      <Tips figure={figure} id={id} pictureId={pictureId} />
      <div class="feature-maps">
        {figure.panels.map((panel) => (
          <Panel figure={figure} panel={panel} id={id} nameOf={nameOf} />
        ))}
      </div>
      <p class="note names">
        {figure.coloured.map((label) => (
          <span>
            <i style={`background:${colourOf(figure, label)}`} />
            {cleanText(figure.classes[label]!)}
          </span>
        ))}
        <span>
          <i class="other" />other classes
        </span>
      </p>
      <p class="note">
        {`${figure.method} of the embeddings, ${cleanText(figure.settings)}. `}
        Near points of a map were near before; distances between groups, and axes, mean little.
        Trustworthiness is 1 where no point is among the nearest of a map that was not before.
      </p>
    </>
  );
}
