/**
 * The page of the history: what moved, and a chart for every number.
 *
 * @module
 */

import type { ComponentChildren, VNode } from "preact";
import type { NightSummary } from "../../core/history/history.ts";
import { cleanText, countOf, noValue } from "../format.ts";
import { styles } from "../styles.ts";
import {
  formatCommit,
  formatDifference,
  formatDifferenceRange,
  formatMoveRange,
  formatNight,
  formatTime,
  formatValue,
  groupLines,
  type HistorySection,
  type JudgedLine,
  lineTitle,
  metricTitle,
  verdictSigns,
} from "./history_model.ts";
import { historyStyles } from "./history_styles.ts";
import { LineFigure } from "./line_chart.tsx";
import { nightsPerBucket } from "./downsample.ts";
import { PageHead } from "../page_head.tsx";

/** What the page is made of. */
export interface HistoryPageInput {
  /** Title of the page. */
  readonly title: string;
  /** Nights by time. */
  readonly nights: readonly NightSummary[];
  /** Lines with the nights in which they moved. */
  readonly lines: readonly JudgedLine[];
  /** What was chosen of the history, in words; empty where it is all. */
  readonly chosen: string;
}

/** Rows of the long tables. */
const mostMovesOfNight = 60, mostNightsOfMoves = 40, mostNights = 120;

/** Moves of the latest night that are shown without being asked for. */
const mostOpenMoves = 12;

/** Days within which a move is told at the top. */
const recentDays = 30;

/** Most points of a chart. */
const mostPoints = 140;

/** Bytes that the paths of all charts may take together, and those of a point. */
const pathBytes = 1.6e6, pointBytes = 24;

/** Points of each chart, so that a page of many charts stays small. */
export function pointsPerChart(lines: number): number {
  return Math.max(
    30,
    Math.min(mostPoints, Math.floor(pathBytes / pointBytes / Math.max(1, lines))),
  );
}

function Wide(props: { label: string; children: ComponentChildren }): VNode {
  return (
    <div class="scroll" tabindex={0} role="region" aria-label={props.label}>{props.children}</div>
  );
}

/** A move of a line, with the id of its chart. */
interface FoundMove {
  readonly judged: JudgedLine;
  readonly move: JudgedLine["moves"][number];
  readonly chart: string;
}

function MoveTable(props: { moves: readonly FoundMove[]; label: string }): VNode {
  return (
    <Wide label={props.label}>
      <table class="moves">
        <thead>
          <tr>
            <th scope="col">Number</th>
            <th scope="col">Move</th>
            <th scope="col">First night, 95 % interval</th>
            <th scope="col" class="number">Before</th>
            <th scope="col" class="number">After</th>
            <th scope="col" class="number">Difference</th>
          </tr>
        </thead>
        <tbody>
          {props.moves.map(({ judged: { line }, move, chart }) => {
            const { meaning } = line;
            return (
              <tr>
                <th scope="row">
                  <a href={`#${chart}`}>{lineTitle(line)}</a>
                  <br />
                  <small>
                    {cleanText(line.table)}, {cleanText(line.size)}:{" "}
                    {cleanText(meaning.group ?? "")} {metricTitle(meaning)}
                  </small>
                </th>
                <td class={move.verdict}>{verdictSigns[move.verdict]} {move.verdict}</td>
                <td>
                  {formatNight(line.points[move.index]!)}
                  <br />
                  <small>{formatMoveRange(line, move)}</small>
                </td>
                <td class="number">{formatValue(move.before, meaning)}</td>
                <td class="number">{formatValue(move.after, meaning)}</td>
                <td class="number">
                  {formatDifference(move.difference, meaning, move.before)}
                  <small>{formatDifferenceRange(move, meaning)}</small>
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </Wide>
  );
}

/** Every move, the latest first. */
function findMoves(sections: readonly PlacedSection[]): FoundMove[] {
  const lines = sections.flatMap(({ groups }) => groups.flatMap(({ lines }) => lines));
  return lines.flatMap(({ judged, chart }) =>
    judged.moves.map((move): FoundMove => ({ judged, move, chart }))
  ).sort((a, b) => orderOf(b) - orderOf(a));
}

function orderOf({ judged, move }: FoundMove): number {
  return judged.line.points[move.index]!.order;
}

/** A section whose lines know the ids of their charts. */
interface PlacedSection {
  readonly title: string;
  readonly id: string;
  readonly groups: readonly {
    readonly title: string;
    readonly lines: readonly { readonly judged: JudgedLine; readonly chart: string }[];
  }[];
}

function placeCharts(sections: readonly HistorySection[]): PlacedSection[] {
  let chart = 0;
  return sections.map(({ title, groups }, at) => ({
    title,
    id: `table-${at + 1}`,
    groups: groups.map(({ title, lines }) => ({
      title,
      lines: lines.map((judged) => ({ judged, chart: `line-${++chart}` })),
    })),
  }));
}

/** Moves by the night in which they lie, the latest first. */
function groupByNight(moves: readonly FoundMove[]): [night: string, moves: FoundMove[]][] {
  return [
    ...Map.groupBy(moves, ({ judged, move }) => formatNight(judged.line.points[move.index]!)),
  ];
}

/** `▼ 65 worse, ▲ 2 better`. */
function countVerdicts(moves: readonly FoundMove[]): string {
  return (["worse", "better", "moved"] as const).flatMap((verdict) => {
    const count = moves.filter(({ move }) => move.verdict === verdict).length;
    return count === 0 ? [] : [`${verdictSigns[verdict]} ${count} ${verdict}`];
  }).join(", ");
}

/** How far a move is from nothing, in half widths of its interval. */
function weightOf({ move: { difference, ci95: [low, high] } }: FoundMove): number {
  return Math.abs(difference) / Math.max(high - low, 1e-12);
}

/** What moved in one night. */
function NightMoves(props: { night: string; moves: readonly FoundMove[]; open: boolean }): VNode {
  const { night, moves, open } = props;
  const listed = moves.toSorted((a, b) => weightOf(b) - weightOf(a)).slice(0, mostMovesOfNight);
  const more = moves.length - listed.length;
  return (
    <details class="card" open={open}>
      <summary>
        From {night} on: {countVerdicts(moves)}
        {more > 0 ? ` (the clearest ${listed.length} are listed)` : ""}
      </summary>
      <MoveTable moves={listed} label={`What moved from ${night} on`} />
    </details>
  );
}

/** What moved lately, and all that ever did. */
function Moves(props: { moves: readonly FoundMove[]; latest: string }): VNode {
  const { moves, latest } = props;
  const since = new Date(Date.parse(latest) - recentDays * 24 * 3600 * 1000).toISOString();
  const isRecent = ({ judged, move }: FoundMove) => judged.line.points[move.index]!.time >= since;
  const nights = groupByNight(moves);
  const recent = nights.filter(([, own]) => isRecent(own[0]!));
  const older = nights.filter(([, own]) => !isRecent(own[0]!));
  return (
    <section>
      <h2>What moved</h2>
      {recent.length === 0 ? <p>No number moved in the last {recentDays} days.</p> : null}
      {recent.map(([night, own], at) => (
        <NightMoves night={night} moves={own} open={at === 0 && own.length <= mostOpenMoves} />
      ))}
      {older.length === 0 ? null : (
        <>
          <h3>Earlier</h3>
          {older.slice(0, mostNightsOfMoves).map(([night, own]) => (
            <NightMoves night={night} moves={own} open={false} />
          ))}
          {older.length <= mostNightsOfMoves ? null : (
            <p>
              {countOf(older.length - mostNightsOfMoves, "night")}{" "}
              with older change points are not listed here; the charts have them all.
            </p>
          )}
        </>
      )}
    </section>
  );
}

/** The nights, the latest first. */
function Nights(props: { nights: readonly NightSummary[] }): VNode {
  const { nights } = props;
  const listed = nights.slice(-mostNights).reverse();
  return (
    <details class="card">
      <summary>
        Nights, table by table ({nights.length}
        {listed.length < nights.length ? `, the latest ${listed.length} of them listed` : ""})
      </summary>
      <Wide label="Nights">
        <table>
          <thead>
            <tr>
              {["Night (UTC)", "Commit", "Branch", "Table", "Size", "Machine"].map((name) => (
                <th scope="col">{name}</th>
              ))}
              <th scope="col" class="number">Numbers</th>
            </tr>
          </thead>
          <tbody>
            {listed.map((night) => (
              <tr>
                <th scope="row">{formatTime(night)}</th>
                <td>{formatCommit(night)}</td>
                <td>{cleanText(night.branch ?? noValue)}</td>
                <td>{cleanText(night.table)}</td>
                <td>{cleanText(night.size)}</td>
                <td>{cleanText(night.machine)}</td>
                <td class="number">{night.count}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Wide>
    </details>
  );
}

function Legend(props: { lines: readonly JudgedLine[]; points: number }): VNode {
  const longest = Math.max(0, ...props.lines.map(({ line }) => line.points.length));
  const share = nightsPerBucket(longest, props.points);
  return (
    <dl class="legend">
      <dt>Line</dt>
      <dd>
        The number of each night, by commit; nights stand at equal distances, whatever lies between
        them. {share === 1 ? "Every night is drawn." : (
          `Charts have at most ${props.points} points, so in the longest ${share} nights share one: ` +
          "the line is their mean, the dark band reaches from the least to the greatest of them, so " +
          "that no night is hidden. The dot at the end is the latest night itself."
        )}
      </dd>
      <dt>Light band</dt>
      <dd>
        95 % interval of a night, over its seeds and images; for times and memory the range of the
        runs.{share === 1 ? "" : " Where nights share a point, the mean of their intervals."}
      </dd>
      <dt>▲ better, ▼ worse</dt>
      <dd>
        Change points: first night of another level, dashed lines are the levels; the yellow band is
        the 95 % interval of that night. They are found by PELT and kept where a permutation test of
        the split gives p ≤ 0.001, for nights that are independent of each other; about one line in
        a thousand has one by chance. A move needs at least three nights on either side.
      </dd>
      <dt>┊ other conditions</dt>
      <dd>
        Settings, data, teacher or version of the task are not as they were: numbers on the two
        sides are not comparable, and each side is looked at by itself.
      </dd>
    </dl>
  );
}

/** The whole page, from `<html>`. */
export function HistoryPage(props: { input: HistoryPageInput }): VNode {
  const { title, nights, lines, chosen } = props.input;
  const sections = placeCharts(groupLines(lines));
  const points = pointsPerChart(lines.length);
  const first = nights[0], last = nights.at(-1);
  return (
    <html lang="en">
      <PageHead title={title} styles={styles + historyStyles} />
      <body>
        <main>
          <h1>{title}</h1>
          <p class="facts">
            {countOf(new Set(nights.map(({ time }) => time)).size, "night")},{" "}
            {countOf(lines.length, "number")}
            {first === undefined || last === undefined
              ? ""
              : ` · ${formatTime(first)} to ${formatTime(last)} UTC, latest commit ${
                formatCommit(last)
              }`}
            {chosen === "" ? "" : ` · ${chosen}`}
          </p>
          {lines.length === 0 ? <p>The history has no numbers yet.</p> : (
            <>
              <Moves moves={findMoves(sections)} latest={last!.time} />
              <nav aria-label="Tables">
                <h2>Tables</h2>
                <ul class="sections">
                  {sections.map(({ title, id, groups }) => (
                    <li>
                      <a href={`#${id}`}>{title}</a> ({countOf(
                        groups.reduce((sum, { lines }) => sum + lines.length, 0),
                        "number",
                      )})
                    </li>
                  ))}
                </ul>
              </nav>
              <h2>How to read the charts</h2>
              <Legend lines={lines} points={points} />
              {sections.map(({ title, id, groups }) => (
                <section id={id}>
                  <h2>{title}</h2>
                  {groups.map(({ title, lines }) => (
                    <>
                      <h3>{title}</h3>
                      <div class="charts lines">
                        {lines.map(({ judged, chart }) => (
                          <LineFigure judged={judged} id={chart} points={points} />
                        ))}
                      </div>
                    </>
                  ))}
                </section>
              ))}
            </>
          )}
          <h2>Details</h2>
          <Nights nights={nights} />
        </main>
      </body>
    </html>
  );
}
