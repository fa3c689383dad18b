// deno-lint-ignore-file jsx-key -- rendered once to text: keys would never be read

/**
 * The main table and the table of differences of the report.
 *
 * @module
 */

import type { VNode } from "preact";
import type { ResultFile, ResultSplit } from "../core/results/result.ts";
import {
  excludesZero,
  formatInterval,
  formatNumber,
  formatRange,
  formatSigned,
  noValue,
} from "./format.ts";
import { listedRows, sweptRows } from "./sweep_model.ts";
import {
  buildDifferences,
  buildTable,
  decimalsOf,
  describePower,
  describeTest,
  describeUnit,
  differenceUnit,
  hasPaper as printsAnyPaper,
  hasPower,
  headlineSplits,
  splitHeading,
  type TableEntry,
  type TableModel,
  type TableRow,
  whyNoPower,
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

/** A value with the longer side of its interval below it. */
function NumberCell(props: {
  value: number | null;
  interval: readonly [number, number] | null;
  className: string;
  digits: number;
  signed?: boolean;
  /** What is told of it besides when it is pointed at. */
  remark?: string | undefined;
}): VNode {
  const { value, interval, className, digits, signed = false, remark } = props;
  const behind = formatInterval(value, interval, { signed, digits });
  const range = behind === null
    ? undefined
    : `95 % interval ${formatRange(interval, { signed, digits })}` +
      (remark === undefined ? "" : `; ${remark}`);
  return (
    <td class={`number ${className}`.trim()} title={range}>
      {signed ? formatSigned(value, digits) : formatNumber(value, digits)}
      {behind === null ? null : <small>{behind.trim()}</small>}
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

function Measured(
  props: { entry: TableEntry; split: string; notes: Footnotes; first: boolean },
): VNode {
  const { entry, split, notes } = props;
  const first = props.first ? "first" : "";
  const cell = entry.cells[split];
  if (cell?.status === "failed" || cell?.status === "not-run") {
    return (
      <td class={`state ${cell.status} ${first}`.trim()}>
        {stateWords[cell.status]}
        {cell.reason === undefined ? null : <sup>{notes.number(cell.reason)}</sup>}
      </td>
    );
  }
  return (
    <NumberCell
      value={cell?.value ?? null}
      interval={cell?.ci95 ?? null}
      digits={decimalsOf(entry.column.metric)}
      className={`${first} ${entry.best.has(split) ? "best" : ""}`.trim()}
    />
  );
}

/** The cells of one column: the paper's number where any is known, then each split's. */
function Entry(
  props: {
    entry: TableEntry;
    splits: readonly ResultSplit[];
    notes: Footnotes;
    hasPaper: boolean;
  },
): VNode {
  const { entry, splits, notes, hasPaper } = props;
  const paper = !hasPaper
    ? null
    : (
      <td class={`number first paper ${entry.bestPaper ? "best" : ""}`.trim()}>
        {entry.paper === null
          ? entry.noPaper
          : formatNumber(entry.paper, decimalsOf(entry.column.metric))}
      </td>
    );
  if (entry.status === "measured") {
    return (
      <>
        {paper}
        {splits.map(({ name }, index) =>
          Measured({ entry, split: name, notes, first: !hasPaper && index === 0 })
        )}
      </>
    );
  }
  const word = entry.status === "quoted" && entry.paper === null
    ? noValue
    : stateWords[entry.status];
  return (
    <>
      {paper}
      <td class={`state ${entry.status} ${hasPaper ? "" : "first"}`.trim()} colspan={splits.length}>
        {word}
        {entry.reason === null ? null : <sup>{notes.number(entry.reason)}</sup>}
      </td>
    </>
  );
}

function Row(
  props: {
    tableRow: TableRow;
    splits: readonly ResultSplit[];
    notes: Footnotes;
    hasPaper: boolean;
  },
): VNode {
  const { tableRow: { row, entries }, splits, notes, hasPaper } = props;
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
        <small class="where">
          {[row.teacher, row.student, row.data, row.text].filter((part) => part).join(", ")}
        </small>
      </th>
      <td class="from">{row.teacher ?? noValue}</td>
      <td class="told">{row.student ?? noValue}</td>
      <td class="from">{row.data ?? noValue}</td>
      <td class="from">{row.text ?? noValue}</td>
      <td class="number told">{row.epochs ?? noValue}</td>
      {entries.map((entry) => Entry({ entry, splits, notes, hasPaper }))}
    </tr>
  );
}

/** The main table, without rows that sweeps have made: those have charts, and a fold of their own. */
export function ResultsTable({ result }: { result: ResultFile }): VNode {
  return (
    <div class="card">
      <RowsTable title={result.title} result={{ ...result, rows: listedRows(result) }} />
    </div>
  );
}

/** The rows that sweeps have made, folded; null where there are none. */
export function SweptRowsTable({ result }: { result: ResultFile }): VNode | null {
  const swept = sweptRows(result);
  const rows = result.rows.filter(({ id }) => swept.has(id));
  if (rows.length === 0) return null;
  // A row of a sweep has nothing to say of columns in which no sweep is measured.
  const told = new Set(
    result.cells.filter(({ row, status }) => swept.has(row) && status !== "not-run")
      .map(({ column }) => column),
  );
  const columns = told.size === 0
    ? result.columns
    : result.columns.filter(({ id }) => told.has(id));
  const title = "Rows of sweeps";
  return (
    <details class="card">
      <summary>{title} ({rows.length})</summary>
      <RowsTable title={title} result={{ ...result, rows, columns }} />
    </details>
  );
}

/** Blocks of rows; under each column the paper's number and the measured ones. */
function RowsTable({ result, title }: { result: ResultFile; title: string }): VNode {
  const table = buildTable(result);
  const { blocks, splits } = table;
  const notes = new Footnotes();
  // A column of which nothing is known would only make the table wide.
  const hasPaper = blocks.some(({ rows }) =>
    rows.some(({ entries }) => entries.some(({ paper }) => paper !== null))
  );
  const width = 6 + ((hasPaper ? 1 : 0) + splits.length) * result.columns.length;
  // Called as functions, not as components, so that remarks are numbered from top to bottom before
  // the list of them is rendered.
  const bodies = blocks.map((block) => (
    <tbody>
      <tr class="block">
        <th scope="rowgroup" colspan={width}>
          <span>{block.name}</span>
        </th>
      </tr>
      {block.rows.map((tableRow) => Row({ tableRow, splits, notes, hasPaper }))}
    </tbody>
  ));
  return (
    <TableFrame
      title={title}
      result={result}
      table={table}
      bodies={bodies}
      notes={notes}
      hasPaper={hasPaper}
    />
  );
}

function TableFrame(props: {
  title: string;
  result: ResultFile;
  table: TableModel;
  bodies: VNode[];
  notes: Footnotes;
  hasPaper: boolean;
}): VNode {
  const { title, result, table: { groups, splits }, bodies, notes, hasPaper } = props;
  const perColumn = (hasPaper ? 1 : 0) + splits.length;
  const fixed = ["Method", "Teacher", "Student", "Data", "Text", "Epochs"];
  return (
    <>
      <div class="scroll" tabindex={0} role="region" aria-label={`Table: ${title}`}>
        <table class="results">
          <caption>
            <span>
              <b>{title}</b>. Under each column: {hasPaper
                ? "the paper's number, then measured here on"
                : printsAnyPaper(result)
                ? "measured here on"
                : "measured here (the paper's numbers are not available) on"} {splits.map((split) =>
                  splitHeading(split)
                ).join(" and ")}, ± the longer side of the 95 % interval; best of each block in
              bold.
            </span>
          </caption>
          <thead>
            <tr>
              {fixed.map((name, index) => (
                <th
                  scope="col"
                  rowspan={3}
                  class={index === 0 ? "stick" : name === "Epochs" ? "number told" : "told"}
                >
                  {name}
                </th>
              ))}
              {groups.map((group) => (
                <th
                  scope="colgroup"
                  colspan={perColumn * group.columns.length}
                  class="center first"
                >
                  {group.name}
                </th>
              ))}
            </tr>
            <tr>
              {result.columns.map((column) => (
                <th scope="colgroup" colspan={perColumn} class="center first">
                  {column.header}
                  {describeUnit(column.metric) === "" ? "" : ` (${describeUnit(column.metric)})`}
                </th>
              ))}
            </tr>
            <tr>
              {result.columns.map(() => (
                <>
                  {hasPaper ? <th scope="col" class="number first">paper</th> : null}
                  {splits.map((split, index) => (
                    <th
                      scope="col"
                      class={hasPaper || index > 0 ? "number" : "number first"}
                      title={split.title}
                    >
                      {splitHeading(split)}
                    </th>
                  ))}
                </>
              ))}
            </tr>
          </thead>
          {bodies}
        </table>
      </div>
      <FootnoteList notes={notes} />
    </>
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
  const { splits: allSplits } = props.result;
  const lines = buildDifferences(props.result);
  if (lines.length === 0) return null;
  const isPercent = lines.every(({ column }) => column?.metric.unit === "%");
  const shown = headlineSplits(props.result)[0];
  const hasPaper = lines.some(({ paper }) => paper !== null);
  const tellsPower = hasPower(lines, shown?.name ?? ""), tellsSeeds = tellsPower && hasPaper;
  const columnCount = [true, hasPaper, tellsPower, tellsSeeds].filter(Boolean).length +
    allSplits.length;
  const groups = [...Map.groupBy(lines, ({ label }) => label)];
  return (
    <div class="card scroll fit" tabindex={0} role="region" aria-label="Table of differences">
      <table class="narrow">
        <caption>
          <b>{isPercent ? "Differences in points" : "Differences"}</b>, paired by seed and image, ±
          {" "}
          the longer side of the 95 % interval. Bold: the interval leaves out 0. {!tellsPower
            ? whyNoPower(props.result)
            : "Seen 9 in 10: the smallest true difference that would be seen nine times in ten" +
              (shown === undefined ? "" : ` on ${splitHeading(shown)}`) +
              ", with these seeds and images" + (hasPaper
                ? "; seeds for the paper's: how many would show a difference of that size, never where " +
                  "these images are too few."
                : ".")}
        </caption>
        <thead>
          <tr>
            <th scope="col">Column</th>
            {hasPaper ? <th scope="col" class="number">paper</th> : null}
            {allSplits.map((split) => (
              <th scope="col" class="number" title={split.title}>{splitHeading(split)}</th>
            ))}
            {tellsPower ? <th scope="col" class="number">seen 9 in 10</th> : null}
            {tellsSeeds ? <th scope="col" class="number">seeds for the paper's</th> : null}
          </tr>
        </thead>
        {groups.map(([label, ofLabel]) => (
          <tbody>
            <tr class="block">
              <th scope="rowgroup" colspan={columnCount}>
                <span>{label}</span>
              </th>
            </tr>
            {ofLabel.map((line) => ({ ...line, power: describePower(line, shown?.name ?? "") }))
              .map((
                { column, paper, noPaper, splits, power },
              ) => (
                <tr>
                  <th scope="row">
                    {column === undefined ? "?" : `${column.group}, ${column.header}`}
                    {isPercent || column === undefined ? "" : ` (${differenceUnit(column.metric)})`}
                  </th>
                  {!hasPaper ? null : (
                    <td class="number paper">
                      {paper === null ? noPaper : formatSigned(paper, decimalsOf(column?.metric))}
                    </td>
                  )}
                  {allSplits.map(({ name: split }) => (
                    <NumberCell
                      value={splits[split]?.difference ?? null}
                      interval={splits[split]?.ci95 ?? null}
                      digits={decimalsOf(column?.metric)}
                      className={excludesZero(splits[split]?.ci95 ?? null) ? "significant" : ""}
                      signed
                      remark={describeTest(splits[split])}
                    />
                  ))}
                  {tellsPower ? <td class="number">{power.detectable}</td> : null}
                  {tellsSeeds ? <td class="number">{power.seedsForPaper}</td> : null}
                </tr>
              ))}
          </tbody>
        ))}
      </table>
    </div>
  );
}
