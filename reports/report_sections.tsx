// deno-lint-ignore-file jsx-key -- rendered once to text: keys would never be read

/**
 * The sections of the report around its tables.
 *
 * @module
 */

import type { ComponentChildren, VNode } from "preact";
import type { ResultFile } from "../core/results/result.ts";
import type { ChartImage, ChartSpec } from "./chart_canvas.ts";
import { describeArrow, describeSplit, hasQuoted, intervalCovers, leftOutCount } from "./legend.ts";
import {
  countOf,
  formatDuration,
  formatNumber,
  formatRange,
  formatSigned,
  noValue,
} from "./format.ts";
import {
  buildDifferences,
  decimalsOf,
  describeRow,
  differenceUnit,
  hasPaper,
  headlineSplits,
  splitHeading,
} from "./table_model.ts";

/** A collapsible section. */
export function Fold(props: { title: string; children: ComponentChildren }): VNode {
  return (
    <details class="card">
      <summary>{props.title}</summary>
      <div class="scroll">{props.children}</div>
    </details>
  );
}

/** The first column's difference of every pair of rows, in large print. */
export function Headlines(props: { result: ResultFile }): VNode | null {
  const [first, ...others] = headlineSplits(props.result);
  if (first === undefined) return null;
  const firsts = [...Map.groupBy(buildDifferences(props.result), ({ label }) => label)]
    .map(([label, lines]) => ({ label, line: lines[0]! }))
    .filter(({ line }) => (line.splits[first.name]?.difference ?? null) !== null);
  if (firsts.length === 0) return null;
  return (
    <ul class="tiles">
      {firsts.map(({ label, line: { column, paper, splits } }) => {
        const digits = decimalsOf(column?.metric);
        const range = (split: string) =>
          formatRange(splits[split]?.ci95 ?? null, { signed: true, digits });
        return (
          <li class="card">
            <small>
              {label}
              <br />
              {column === undefined ? "" : `${column.group}, ${column.header}`}
            </small>
            <strong>
              {formatSigned(splits[first.name]?.difference, digits)}{" "}
              {column === undefined ? "" : differenceUnit(column.metric)}
            </strong>
            <small>
              {splitHeading(first)}, interval {range(first.name)}
              {others.map((split) => (
                <>
                  <br />
                  {splitHeading(split)}{" "}
                  {formatSigned(splits[split.name]?.difference, digits)}, interval{" "}
                  {range(split.name)}
                </>
              ))}
              <br />
              {paper === null
                ? "paper: not available"
                : `paper ${formatSigned(paper, digits)} on its own data`}
            </small>
          </li>
        );
      })}
    </ul>
  );
}

/** What the words and marks of the tables mean. */
export function Legend(props: { result: ResultFile }): VNode {
  const { result } = props;
  const arrow = describeArrow(result);
  return (
    <dl class="legend">
      {result.splits.map((split) => (
        <>
          <dt>{split.name}</dt>
          <dd>{describeSplit(split)}.</dd>
        </>
      ))}
      <dt>± and intervals</dt>
      <dd>
        95 % over{" "}
        {intervalCovers(result)}. The image is the sampling unit: views, objects or pixels of one
        image are not independent tests. Printed is the longer side of the interval.
      </dd>
      <dt>paper</dt>
      <dd>
        {hasPaper(result)
          ? "The number printed in the LGD paper, measured there on its own data and with its own " +
            "teacher. The measured ones are on the sets named in the table's columns. Levels " +
            "cannot be compared; differences between methods can be set side by side. “–” means " +
            "that the paper prints no number there."
          : "n/a: the paper's numbers of this table are not available."}
      </dd>
      {arrow === undefined ? null : (
        <>
          <dt>A → B</dt>
          <dd>{arrow}.</dd>
        </>
      )}
      {hasQuoted(result)
        ? (
          <>
            <dt>quoted</dt>
            <dd>A row whose numbers are only quoted from the paper: nothing was run here.</dd>
          </>
        )
        : null}
      <dt>not run, failed</dt>
      <dd>Nothing was measured; the reason stands below the table.</dd>
      <dt>baseline</dt>
      <dd>A row without any training, for scale.</dd>
    </dl>
  );
}

/** Charts of one kind. */
export function Charts(props: { charts: readonly ChartImage[]; kind: ChartSpec["kind"] }): VNode {
  return (
    <div class="charts">
      {props.charts.filter(({ spec }) => spec.kind === props.kind).map((
        { spec, light, dark },
      ) => (
        <figure class="card">
          <figcaption>{spec.title}</figcaption>
          <picture>
            <source media="screen and (prefers-color-scheme: dark)" srcset={dark} />
            <img src={light} width={spec.width} height={spec.height} alt={spec.description} />
          </picture>
        </figure>
      ))}
    </div>
  );
}

/** Every measured number with its interval, seeds and count. */
export function AllNumbers(props: { result: ResultFile }): VNode {
  const { result } = props;
  const names = new Map(
    result.rows.map((row) => [row.id, `${row.block} · ${describeRow(row, result.rows)}`]),
  );
  const headers = new Map(
    result.columns.map(({ id, group, header }) => [id, `${group}, ${header}`]),
  );
  const metrics = new Map(result.columns.map(({ id, metric }) => [id, metric]));
  const measured = result.cells.filter(({ status }) => status === "measured");
  return (
    <Fold title={`Every measured number (${measured.length})`}>
      <table>
        <caption>Values in the unit of their column; n counts images (icons), not views.</caption>
        <thead>
          <tr>
            {["Row", "Column", "Split", "Metric", "Value", "95 % interval", "By seed", "n", "Task"]
              .map((name) => <th scope="col">{name}</th>)}
          </tr>
        </thead>
        <tbody>
          {measured.map((cell) => {
            const metric = metrics.get(cell.column);
            const digits = decimalsOf(metric) + 1;
            return (
              <tr>
                <th scope="row">{names.get(cell.row) ?? cell.row}</th>
                <td>{headers.get(cell.column) ?? cell.column}</td>
                <td>{cell.split}</td>
                <td>{metric?.title ?? noValue}</td>
                <td class="number">{formatNumber(cell.value, digits)}</td>
                <td class="number">{formatRange(cell.ci95, { digits })}</td>
                <td class="number">
                  {cell.perSeed.map((value) => formatNumber(value, digits)).join(", ")}
                </td>
                <td class="number">{cell.n ?? noValue}</td>
                <td>{cell.task === null ? noValue : `${cell.task} v${cell.taskVersion ?? "?"}`}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </Fold>
  );
}

/** Leaves of a nested value as `path, value` pairs, e.g. `pretrain.batchSize, 128`. */
function flatten(value: unknown, path: string): [string, string][] {
  const isBranch = value !== null && typeof value === "object" &&
    (Array.isArray(value)
      ? value.some((inner) => inner !== null && typeof inner === "object")
      : Object.keys(value).length > 0);
  if (!isBranch) {
    const isPlain = typeof value === "string" || value === null;
    return [[path, isPlain ? value ?? "none" : JSON.stringify(value) ?? ""]];
  }
  return Object.entries(value as object)
    .flatMap(([key, inner]) => flatten(inner, path === "" ? key : `${path}.${key}`));
}

/** A table of names and values. */
export function KeyValues(props: { caption: string; value: unknown }): VNode {
  return (
    <table class="narrow">
      <caption>{props.caption}</caption>
      <tbody>
        {flatten(props.value, "").map(([key, value]) => (
          <tr>
            <th scope="row">
              <code>{key}</code>
            </th>
            <td>
              <code>{value}</code>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Seconds of every cell by stage. */
export function Timings(props: { result: ResultFile }): VNode {
  const { cells, totalSeconds } = props.result.timings;
  const stages = [...new Set(Object.values(cells).flatMap((stage) => Object.keys(stage)))];
  return (
    <Fold
      title={`Timings (${
        totalSeconds === null ? "total unknown" : `${formatDuration(totalSeconds)} in all`
      })`}
    >
      <table class="narrow">
        <caption>Wall-clock time by cell and stage. Cells run side by side.</caption>
        <thead>
          <tr>
            <th scope="col">Cell</th>
            {stages.map((stage) => <th scope="col" class="number">{stage}</th>)}
            <th scope="col" class="number">total</th>
          </tr>
        </thead>
        <tbody>
          {Object.entries(cells).map(([id, seconds]) => (
            <tr>
              <th scope="row">
                <code>{id}</code>
              </th>
              {stages.map((stage) => (
                <td class="number">
                  {seconds[stage] === undefined ? noValue : formatDuration(seconds[stage])}
                </td>
              ))}
              <td class="number">
                {formatDuration(Object.values(seconds).reduce((sum, value) => sum + value, 0))}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Fold>
  );
}

/** Images that took no part; null where all did. */
export function LeftOutImages(props: { result: ResultFile }): VNode | null {
  const { leftOut } = props.result;
  if (leftOut.length === 0) return null;
  return (
    <Fold title={`${leftOutCount(props.result)}`}>
      <table>
        <caption>
          These images, files, classes and lines took no part in training or tests.
        </caption>
        <thead>
          <tr>
            <th scope="col">File</th>
            <th scope="col" class="number">Count</th>
            <th scope="col">Where</th>
            <th scope="col">Reason</th>
          </tr>
        </thead>
        <tbody>
          {leftOut.map(({ what, count, stage, reason, examples }) => (
            <tr>
              <td class="path">
                <code>{what}</code>
                {examples && <div>{examples.join(", ")}{examples.length < count && ", …"}</div>}
              </td>
              <td class="number">{count}</td>
              <td>{stage}</td>
              <td>{reason}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Fold>
  );
}

/** How many images of each split were used; null where the result does not say. */
export function ImageCounts(props: { result: ResultFile }): VNode | null {
  const { images = [] } = props.result;
  if (images.length === 0) return null;
  return (
    <Fold title="Images by split">
      <table class="narrow">
        <caption>Images that the data list, and how many of them took part.</caption>
        <thead>
          <tr>
            <th scope="col">Data</th>
            <th scope="col">Split</th>
            <th scope="col" class="number">Listed</th>
            <th scope="col" class="number">Used</th>
          </tr>
        </thead>
        <tbody>
          {images.map(({ data, split, listed, used }) => (
            <tr>
              <td class="path">
                <code>{data}</code>
              </td>
              <td>{split}</td>
              <td class="number">{listed}</td>
              <td class="number">{used}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Fold>
  );
}

/** Hashes of everything that the run read. */
export function Sources(props: { result: ResultFile }): VNode | null {
  const { sources } = props.result;
  if (sources.length === 0) return null;
  return (
    <Fold title="Data and teachers by content">
      <table class="narrow">
        <caption>Results that read other contents do not measure the same.</caption>
        <thead>
          <tr>
            <th scope="col">Part</th>
            <th scope="col">Name</th>
            <th scope="col">Hash</th>
          </tr>
        </thead>
        <tbody>
          {sources.map(({ id, name, hash }) => (
            <tr>
              <th scope="row">
                <code>{id}</code>
              </th>
              <td>
                <code>{name}</code>
              </td>
              <td>
                <code>{hash.slice(0, 16)}</code>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Fold>
  );
}

/** More warnings than these are folded, for they would push the table off the page. */
const fewWarnings = 4;

/** What the reader must know first: unfinished, failed, warnings; null where there is nothing. */
export function Notices(props: { result: ResultFile }): VNode | null {
  const { result } = props;
  const failed = new Set(
    result.cells.filter(({ status }) => status === "failed").map(({ row }) => row),
  );
  const texts = [
    ...(result.size === "smoke"
      ? ["Size smoke only proves that everything runs: its numbers mean nothing."]
      : []),
    ...(result.finished ? [] : ["The run is not finished: some cells are missing."]),
    ...(result.leftOut.length > 0 ? [`${leftOutCount(result)}; see Details.`] : []),
    ...(failed.size > 0 ? [`Cells of ${countOf(failed.size, "row")} failed.`] : []),
  ];
  const { warnings } = result;
  const paragraphs = (lines: readonly string[]) => lines.map((text) => <p>{text}</p>);
  if (texts.length + warnings.length === 0) return null;
  return (
    <div class="notice" role="note">
      {paragraphs(texts)}
      {warnings.length <= fewWarnings ? paragraphs(warnings) : (
        <details>
          <summary>{warnings.length} warnings, the first: {warnings[0]}</summary>
          {paragraphs(warnings.slice(1))}
        </details>
      )}
    </div>
  );
}
