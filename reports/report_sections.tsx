// deno-lint-ignore-file jsx-key -- rendered once to text: keys would never be read

/**
 * The sections of the report around its tables.
 *
 * @module
 */

import { intervalCovers, isEmbedded } from "./legend.ts";
import type { ComponentChildren, VNode } from "preact";
import type { ResultFile } from "../core/results/result.ts";
import type { ChartImage, ChartSpec } from "./chart_canvas.ts";
import {
  countOf,
  formatDuration,
  formatNumber,
  formatRange,
  formatSigned,
  noValue,
} from "./format.ts";
import { buildDifferences, describeRow } from "./table_model.ts";

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
  const firsts = [...Map.groupBy(buildDifferences(props.result), ({ label }) => label)]
    .map(([label, lines]) => ({ label, line: lines[0]! }))
    .filter(({ line }) => (line.splits.val?.difference ?? null) !== null);
  if (firsts.length === 0) return null;
  return (
    <ul class="tiles">
      {firsts.map(({ label, line: { column, paper, splits } }) => (
        <li class="card">
          <small>
            {label}
            <br />
            {column === undefined ? "" : `${column.group}, ${column.header}`}
          </small>
          <strong>{formatSigned(splits.val?.difference)} points</strong>
          <small>
            val, interval {formatRange(splits.val?.ci95 ?? null, { signed: true })}
            <br />
            ood {formatSigned(splits.ood?.difference)}, interval{" "}
            {formatRange(splits.ood?.ci95 ?? null, { signed: true })}
            <br />
            {paper === null
              ? "paper: not available"
              : `paper ${formatSigned(paper)} on its own data`}
          </small>
        </li>
      ))}
    </ul>
  );
}

/** What the words and marks of the tables mean. */
export function Legend(props: { result: ResultFile }): VNode {
  return (
    <dl class="legend">
      <dt>val, ood, dev</dt>
      {isEmbedded(props.result)
        ? (
          <dd>
            Every icon set is one artist. Models see the train artists only. <b>val</b>{" "}
            is an unseen artist of a similar style, <b>ood</b>{" "}
            one of a very different style (line art), and <b>dev</b>{" "}
            the artist on whom settings were chosen, so its numbers are not a fair test.
          </dd>
        )
        : (
          <dd>
            Splits of the data. Models see <b>train</b> only; <b>dev</b>{" "}
            is for choosing settings, so its numbers are no fair test then.
          </dd>
        )}
      <dt>± and intervals</dt>
      <dd>
        95 % over{" "}
        {intervalCovers(props.result)}. The image is the sampling unit, not its views: four pictures
        of one icon are not four independent tests. Printed is half of the interval, its longer
        side.
      </dd>
      <dt>paper</dt>
      <dd>
        The number printed in the LGD paper, on ImageNet-1k and Caltech-256 with a CLIP ResNet-50
        teacher. The measured ones are on the sets named in the table's columns, with another
        teacher. Levels cannot be compared; differences between methods can be set side by side. “–”
        means that the paper prints no number there.
      </dd>
      <dt>quoted</dt>
      <dd>A row whose numbers are only quoted from the paper: nothing was run here.</dd>
      <dt>not run, failed</dt>
      <dd>Nothing was measured; the reason stands below the table.</dd>
      <dt>baseline</dt>
      <dd>
        No training at all, for scale: the nearest training picture, pixel by pixel, gives the
        label.
      </dd>
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
  const measured = result.cells.filter(({ status }) => status === "measured");
  return (
    <Fold title={`Every measured number (${measured.length})`}>
      <table>
        <caption>Values in the unit of their column; n counts icons.</caption>
        <thead>
          <tr>
            {["Row", "Column", "Split", "Metric", "Value", "95 % interval", "By seed", "n", "Task"]
              .map((name) => <th scope="col">{name}</th>)}
          </tr>
        </thead>
        <tbody>
          {measured.map((cell) => (
            <tr>
              <th scope="row">{names.get(cell.row) ?? cell.row}</th>
              <td>{headers.get(cell.column) ?? cell.column}</td>
              <td>{cell.split}</td>
              <td>{cell.metric}</td>
              <td class="number">{formatNumber(cell.value, 2)}</td>
              <td class="number">{formatRange(cell.ci95, { digits: 2 })}</td>
              <td class="number">
                {cell.perSeed.map((value) => formatNumber(value, 2)).join(", ")}
              </td>
              <td class="number">{cell.n ?? noValue}</td>
              <td>{cell.task === null ? noValue : `${cell.task} v${cell.taskVersion ?? "?"}`}</td>
            </tr>
          ))}
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
    <Fold title={`Timings (${formatDuration(totalSeconds)} in all)`}>
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

/** Images that did not decode; null where all did. */
export function SkippedImages(props: { result: ResultFile }): VNode | null {
  const images = props.result.skippedImages;
  if (images.length === 0) return null;
  return (
    <Fold title={`Skipped ${countOf(images.length, "image")}`}>
      <table>
        <caption>These files did not decode and took no part in training or tests.</caption>
        <thead>
          <tr>
            <th scope="col">File</th>
            <th scope="col">Reason</th>
          </tr>
        </thead>
        <tbody>
          {images.map(({ path, reason }) => (
            <tr>
              <td class="path">
                <code>{path}</code>
              </td>
              <td>{reason}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Fold>
  );
}

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
    ...(failed.size > 0 ? [`Cells of ${countOf(failed.size, "row")} failed.`] : []),
    ...result.warnings,
  ];
  if (texts.length === 0) return null;
  return (
    <div class="notice" role="note">
      {texts.map((text) => <p>{text}</p>)}
    </div>
  );
}
