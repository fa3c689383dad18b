// deno-lint-ignore-file jsx-key -- rendered once to text: keys would never be read

/**
 * The main table and the table of differences of the report.
 *
 * @module
 */

import type { VNode } from "preact";
import type { ResultFile } from "../core/results/result.ts";
import { formatNumber, formatRange, formatSigned, halfWidth, noValue } from "./format.ts";
import {
  buildDifferences,
  buildTable,
  excludesZero,
  type ReportSplit,
  type TableEntry,
  type TableRow,
} from "./table_model.ts";

/** Numbers remarks in the order in which they are met, each text once. */
class Footnotes {
  readonly #texts: string[] = [];

  /** The number of a remark, from 1. */
  number(text: string): number {
    const index = this.#texts.indexOf(text);
    return index >= 0 ? index + 1 : this.#texts.push(text);
  }

  /** All remarks in the order of their numbers. */
  get texts(): readonly string[] {
    return this.#texts;
  }
}

/** A value with half its interval below it. */
function NumberCell(props: {
  value: number | null;
  interval: readonly [number, number] | null;
  className: string;
  signed?: boolean;
}): VNode {
  const { value, interval, className, signed = false } = props;
  const half = halfWidth(value, interval);
  const range = half === null ? undefined : `95 % interval ${formatRange(interval, { signed })}`;
  return (
    <td class={`number ${className}`.trim()} title={range}>
      {signed ? formatSigned(value) : formatNumber(value)}
      {half === null ? null : <small>± {half.toFixed(1)}</small>}
    </td>
  );
}

const stateWords = {
  measured: "",
  quoted: "quoted",
  "not-run": "not run",
  failed: "failed",
  none: noValue,
} as const;

function Measured(props: { entry: TableEntry; split: ReportSplit; notes: Footnotes }): VNode {
  const { entry, split, notes } = props;
  const cell = entry.cells[split];
  if (cell?.status === "failed" || cell?.status === "not-run") {
    return (
      <td class={`state ${cell.status}`}>
        {stateWords[cell.status]}
        {cell.reason === undefined ? null : <sup>{notes.number(cell.reason)}</sup>}
      </td>
    );
  }
  return (
    <NumberCell
      value={cell?.value ?? null}
      interval={cell?.ci95 ?? null}
      className={entry.best.has(split) ? "best" : ""}
    />
  );
}

/** The three cells of one column: the paper's number, val, ood. */
function Entry(props: { entry: TableEntry; notes: Footnotes }): VNode {
  const { entry, notes } = props;
  const paper = (
    <td class={`number first paper ${entry.bestPaper ? "best" : ""}`.trim()}>
      {formatNumber(entry.paper)}
    </td>
  );
  if (entry.status === "measured") {
    return (
      <>
        {paper}
        {Measured({ entry, split: "val", notes })}
        {Measured({ entry, split: "ood", notes })}
      </>
    );
  }
  const word = entry.status === "quoted" && entry.paper === null
    ? noValue
    : stateWords[entry.status];
  return (
    <>
      {paper}
      <td class={`state ${entry.status}`} colspan={2}>
        {word}
        {entry.reason === null ? null : <sup>{notes.number(entry.reason)}</sup>}
      </td>
    </>
  );
}

function Row(props: { tableRow: TableRow; notes: Footnotes }): VNode {
  const { tableRow: { row, entries }, notes } = props;
  return (
    <tr class={row.kind === "quoted" ? "quoted-row" : undefined}>
      <th scope="row" class="stick">
        {row.method}
        {row.note === undefined ? null : <sup>{notes.number(row.note)}</sup>}
        {row.kind === "run" ? null : (
          <>
            {" "}
            <span class="tag">{row.kind}</span>
          </>
        )}
      </th>
      <td class="from">{row.teacher ?? noValue}</td>
      <td>{row.student ?? noValue}</td>
      <td class="from">{row.data ?? noValue}</td>
      <td class="from">{row.text ?? noValue}</td>
      <td class="number">{row.epochs ?? noValue}</td>
      {entries.map((entry) => Entry({ entry, notes }))}
    </tr>
  );
}

/** The main table: blocks of rows; under each column the paper's number and the measured ones. */
export function ResultsTable(props: { result: ResultFile }): VNode {
  const { result } = props;
  const { groups, blocks } = buildTable(result);
  const notes = new Footnotes();
  const width = 6 + 3 * result.columns.length;
  // Called as functions, not as components, so that remarks are numbered from top to bottom before
  // the list of them is rendered.
  const bodies = blocks.map((block) => (
    <tbody>
      <tr class="block">
        <th scope="rowgroup" colspan={width}>
          <span>{block.name}</span>
        </th>
      </tr>
      {block.rows.map((tableRow) => Row({ tableRow, notes }))}
    </tbody>
  ));
  return <TableFrame result={result} groups={groups} bodies={bodies} notes={notes} />;
}

function TableFrame(props: {
  result: ResultFile;
  groups: ReturnType<typeof buildTable>["groups"];
  bodies: VNode[];
  notes: Footnotes;
}): VNode {
  const { result, groups, bodies, notes } = props;
  const fixed = ["Method", "Teacher", "Student", "Data", "Text", "Epochs"];
  return (
    <div class="card">
      <div class="scroll" tabindex={0} role="region" aria-label={`Table: ${result.title}`}>
        <table class="results">
          <caption>
            <span>
              <b>{result.title}</b>. Under each column: the paper's number, then measured here on
              the val and ood artists, ± half of the 95 % interval; best of each block in bold.
            </span>
          </caption>
          <thead>
            <tr>
              {fixed.map((name, index) => (
                <th
                  scope="col"
                  rowspan={3}
                  class={index === 0 ? "stick" : name === "Epochs" ? "number" : undefined}
                >
                  {name}
                </th>
              ))}
              {groups.map((group) => (
                <th scope="colgroup" colspan={3 * group.columns.length} class="center first">
                  {group.name}
                </th>
              ))}
            </tr>
            <tr>
              {result.columns.map((column) => (
                <th scope="colgroup" colspan={3} class="center first">
                  {column.header} ({column.unit})
                </th>
              ))}
            </tr>
            <tr>
              {result.columns.map(() => (
                <>
                  <th scope="col" class="number first">paper</th>
                  <th scope="col" class="number">val</th>
                  <th scope="col" class="number">ood</th>
                </>
              ))}
            </tr>
          </thead>
          {bodies}
        </table>
      </div>
      <FootnoteList notes={notes} />
    </div>
  );
}

/** The remarks below the table. Rendered after the table, when every remark has its number. */
function FootnoteList(props: { notes: Footnotes }): VNode | null {
  if (props.notes.texts.length === 0) return null;
  return (
    <ol class="notes">
      {props.notes.texts.map((text) => <li>{text}</li>)}
    </ol>
  );
}

/** The table of differences between methods; null where the result has none. */
export function DifferenceTable(props: { result: ResultFile }): VNode | null {
  const lines = buildDifferences(props.result);
  if (lines.length === 0) return null;
  const groups = [...Map.groupBy(lines, ({ label }) => label)];
  return (
    <div class="card scroll fit" tabindex={0} role="region" aria-label="Table of differences">
      <table class="narrow">
        <caption>
          <b>Differences in points</b>, paired by seed and icon, ± half of the 95 % interval. Bold:
          {" "}
          the interval leaves out 0.
        </caption>
        <thead>
          <tr>
            <th scope="col">Column</th>
            <th scope="col" class="number">paper</th>
            <th scope="col" class="number">val</th>
            <th scope="col" class="number">ood</th>
            <th scope="col" class="number">dev</th>
          </tr>
        </thead>
        {groups.map(([label, ofLabel]) => (
          <tbody>
            <tr class="block">
              <th scope="rowgroup" colspan={5}>
                <span>{label}</span>
              </th>
            </tr>
            {ofLabel.map(({ column, paper, splits }) => (
              <tr>
                <th scope="row">
                  {column === undefined ? "?" : `${column.group}, ${column.header}`}
                </th>
                <td class="number paper">{formatSigned(paper)}</td>
                {(["val", "ood", "dev"] as const).map((split) => (
                  <NumberCell
                    value={splits[split]?.difference ?? null}
                    interval={splits[split]?.ci95 ?? null}
                    className={excludesZero(splits[split]?.ci95 ?? null) ? "significant" : ""}
                    signed
                  />
                ))}
              </tr>
            ))}
          </tbody>
        ))}
      </table>
    </div>
  );
}
