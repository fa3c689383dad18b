// deno-lint-ignore-file jsx-key -- rendered once to text: keys would never be read

/**
 * Matrices in the report, such as which class is taken for which.
 *
 * @module
 */

import type { VNode } from "preact";
import type { Figure } from "../core/results/figures.ts";
import { type FigureGroup, sameFigures } from "./figure_groups.ts";
import { cleanText, formatNumber } from "./format.ts";

type Matrix = Extract<Figure, { kind: "matrix" }>;

/** Side of a cell in units of the drawing. */
const side = 12;
/** Room for names. */
const margin = 84;
/** Longest name beside a matrix. */
const longestName = 15;
/** Confusions that are told in words. */
const mostTold = 5;

function shorten(name: string): string {
  const clean = cleanText(name);
  return clean.length > longestName ? `${clean.slice(0, longestName - 1)}…` : clean;
}

/** The largest numbers beside the diagonal, in words. */
function describe({ names, values, column }: Matrix): string {
  const found = values.flatMap((row, at) =>
    row.flatMap((value, to) => at === to || value <= 0 ? [] : [{ at, to, value }])
  ).sort((a, b) => b.value - a.value).slice(0, mostTold);
  const list = found.map(({ at, to, value }) =>
    `${cleanText(names[at]!)} ${formatNumber(value, 0)} % as ${cleanText(names[to]!)}`
  );
  return list.length === 0 ? `nothing ${cleanText(column)} wrongly` : `most: ${list.join("; ")}`;
}

function MatrixDrawing({ name, figure }: { name: string; figure: Matrix }): VNode {
  const { names, values, row, column, unit, title } = figure;
  const length = names.length * side, words = describe(figure);
  const most = Math.max(1, ...values.flat());
  return (
    <figure class="card matrix">
      <figcaption>{`${cleanText(title)}: ${name}`}</figcaption>
      <svg
        viewBox={`0 0 ${margin + length + 2} ${margin + length + 2}`}
        role="img"
        aria-label={`${cleanText(title)} of ${name}, ${words}`}
      >
        {names.map((one, index) => {
          const middle = margin + (index + 0.5) * side;
          return (
            <>
              <text x={margin - 4} y={middle + 3.5} text-anchor="end">{shorten(one)}</text>
              <text transform={`translate(${middle + 3.5} ${margin - 4}) rotate(-90)`}>
                {shorten(one)}
              </text>
            </>
          );
        })}
        {values.flatMap((line, y) =>
          line.flatMap((value, x) =>
            value < most / 100 ? [] : [
              <rect
                class="cell"
                x={margin + x * side}
                y={margin + y * side}
                width={side}
                height={side}
                fill-opacity={Number(Math.min(1, value / most).toFixed(2))}
              />,
            ]
          )
        )}
        <rect class="frame" x={margin} y={margin} width={length} height={length} />
      </svg>
      <small class="names">
        {`Rows: ${cleanText(row)}; columns: ${cleanText(column)}; ${cleanText(unit)}. `}
        {`${words[0]!.toUpperCase()}${words.slice(1)}.`}
      </small>
    </figure>
  );
}

/** The matrices of a group of rows, side by side. */
export function Matrices({ group }: { group: FigureGroup }): VNode {
  return (
    <>
      {sameFigures(group, "matrix").map(({ figures }) => (
        <div class="matrices">
          {figures.map(({ name, figure }) => <MatrixDrawing name={name} figure={figure} />)}
        </div>
      ))}
    </>
  );
}
