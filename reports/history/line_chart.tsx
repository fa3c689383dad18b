/**
 * The chart of one line: numbers over commits, with intervals and the nights in which they moved.
 *
 * @module
 */

import type { VNode } from "preact";
import type { HistoryLine } from "../../core/history/line.ts";
import { breaksOf } from "../../core/history/moves.ts";
import { cleanText, countOf, formatNumber } from "../format.ts";
import { spreadIndices } from "./axis_scale.ts";
import { boxHeight, boxWidth, planChart } from "./chart_paths.ts";
import {
  describeMove,
  formatCommit,
  formatDay,
  formatMoveRange,
  formatNight,
  formatValue,
  type JudgedLine,
  lineTitle,
  metricTitle,
  verdictSigns,
} from "./history_model.ts";

/** Labels of the axis of commits. */
const commitLabels = 3;

/** Nights of the table below a chart. */
const tableNights = 8;

const percent = (share: number) => `${Math.round(1e4 * share) / 100}%`;

/** The chart in words and numbers. */
function describeChart({ line, moves }: JudgedLine): string {
  const { points, meaning } = line;
  const first = points[0]!, last = points.at(-1)!;
  const values = points.map(({ value }) => value);
  const show = (value: number) => formatValue(value, meaning);
  const found = moves.map((move) =>
    `${describeMove(move, meaning)} on ${formatNight(points[move.index]!)}`
  );
  return cleanText(
    `Line chart of ${metricTitle(meaning) || "a number"}, ${lineTitle(line)}: ` +
      `${countOf(points.length, "night")}, ${formatNight(first)} to ${formatNight(last)}; first ` +
      `${show(first.value)}, latest ${show(last.value)}, least ${show(Math.min(...values))}, ` +
      `greatest ${show(Math.max(...values))}. ` +
      (found.length === 0 ? "No change points." : `Change points: ${found.join("; ")}.`),
  );
}

/** Commits and days below the plot. */
function CommitAxis(props: { line: HistoryLine; place: (index: number) => number }): VNode[] {
  const { line: { points }, place } = props;
  const indices = spreadIndices(points.length, commitLabels);
  return indices.map((index, at) => {
    const point = points[index]!;
    const side = indices.length === 1
      ? ""
      : at === 0
      ? " start"
      : at === indices.length - 1
      ? " end"
      : "";
    return (
      <span class={`x${side}`} style={`left:${percent(place(index))}`}>
        {formatCommit(point)}
        <br />
        {formatDay(point)}
      </span>
    );
  });
}

function Plot(props: { judged: JudgedLine; points: number }): VNode {
  const { judged: { line, moves } } = props;
  const shapes = planChart(line, moves, props.points);
  const at = (index: number) => Math.round(boxWidth * shapes.place(index));
  return (
    <div class="plot" role="img" aria-label={describeChart(props.judged)}>
      <svg viewBox={`0 0 ${boxWidth} ${boxHeight}`} preserveAspectRatio="none" aria-hidden="true">
        {moves.map(({ indexInterval: [earliest, latest] }) =>
          latest > earliest
            ? (
              <rect
                class="place"
                x={at(Math.max(0, earliest))}
                width={at(Math.min(latest, line.points.length - 1)) - at(Math.max(0, earliest))}
                height={boxHeight}
              />
            )
            : null
        )}
        <path
          class="grid"
          d={shapes.ticks.map(({ top }) => `M0 ${Math.round(boxHeight * top)}h${boxWidth}`).join(
            "",
          )}
        />
        {shapes.interval === "" ? null : <path class="interval" d={shapes.interval} />}
        {shapes.range === "" ? null : <path class="range" d={shapes.range} />}
        <path class="mean" d={shapes.mean} />
        {shapes.levels === "" ? null : <path class="level" d={shapes.levels} />}
        {moves.map(({ index, verdict }) => (
          <path class={`move ${verdict}`} d={`M${at(index)} 0v${boxHeight}`} />
        ))}
        {breaksOf(line.points).map((index) => (
          <path class="break" d={`M${at(index)} 0v${boxHeight}`} />
        ))}
      </svg>
      {shapes.ticks.map(({ value, top }) => (
        <span class="y" style={`top:${percent(top)}`}>{formatNumber(value, shapes.decimals)}</span>
      ))}
      {moves.map(({ index, verdict }) => (
        <span class={`sign ${verdict}`} style={`left:${percent(shapes.place(index))}`}>
          {verdictSigns[verdict]}
        </span>
      ))}
      <span
        class="dot"
        style={`left:${percent(shapes.place(line.points.length - 1))};top:${
          percent(shapes.latest)
        }`}
      />
      <CommitAxis line={line} place={shapes.place} />
    </div>
  );
}

/** The latest nights in numbers, below the nights in which the number moved. */
function LineTable(props: { judged: JudgedLine; id: string }): VNode {
  const { judged: { line, moves }, id } = props;
  const { meaning, points } = line;
  const start = Math.max(0, points.length - tableNights);
  const breaks = breaksOf(points).slice(-tableNights);
  return (
    <details>
      <summary id={`${id}-name`}>Numbers of {lineTitle(line)}</summary>
      {moves.length === 0 && breaks.length === 0 ? null : (
        <ul class="found">
          {moves.map((move) => (
            <li>
              <b class={move.verdict}>{verdictSigns[move.verdict]} {move.verdict}</b>{" "}
              {describeMove(move, meaning).slice(move.verdict.length + 1)}; first night{" "}
              {formatNight(points[move.index]!)}, 95 % {formatMoveRange(line, move)}
            </li>
          ))}
          {breaks.map((index) => (
            <li>
              <b>┊ other conditions</b> from {formatNight(points[index]!)} on:{" "}
              {points[index]!.changed!.map(cleanText).join("; ")}
            </li>
          ))}
        </ul>
      )}
      <div class="scroll" tabindex={0} role="group" aria-labelledby={`${id}-name`}>
        <table>
          <thead>
            <tr>
              <th scope="col">Night</th>
              <th scope="col">Commit</th>
              <th scope="col" class="number">Value</th>
              <th scope="col" class="number">Interval</th>
            </tr>
          </thead>
          <tbody>
            {points.slice(start).reverse().map((point) => (
              <tr>
                <th scope="row">{formatDay(point)}</th>
                <td>{formatCommit(point)}</td>
                <td class="number">{formatValue(point.value, meaning)}</td>
                <td class="number">
                  {point.low === undefined || point.high === undefined
                    ? ""
                    : `${formatValue(point.low, meaning)} to ${formatValue(point.high, meaning)}`}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}

/** A line with its latest number, its chart and its numbers. */
export function LineFigure(
  props: { judged: JudgedLine; id: string; points: number },
): VNode {
  const { judged, id } = props;
  const { line } = judged;
  const { meaning } = line;
  const last = line.points.at(-1)!;
  const direction = meaning.higherIsBetter === false ? " (lower is better)" : "";
  return (
    <figure class="card line" id={id}>
      <figcaption>
        {lineTitle(line)} <b>{formatValue(last.value, meaning)}</b>
        <small>{metricTitle(meaning)}{direction}</small>
      </figcaption>
      <Plot judged={judged} points={props.points} />
      <LineTable judged={judged} id={id} />
    </figure>
  );
}
