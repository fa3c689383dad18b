/**
 * The page that leads to the reports of several tables.
 *
 * @module
 */

import type { VNode } from "preact";
import {
  describeNumbers,
  describeTables,
  describeWork,
  stateOf,
  type SummarizedTable,
  type TablesSummary,
} from "./all_model.ts";
import { cleanText, formatDuration } from "./format.ts";
import { PageHead } from "./page_head.tsx";
import { styles } from "./styles.ts";

function TableLine({ table }: { table: SummarizedTable }): VNode {
  const { result, report, seconds } = table;
  const state = stateOf(table);
  return (
    <tr>
      <th scope="row">
        {result === undefined
          ? cleanText(table.table)
          : <a href={report}>{cleanText(table.table)}</a>}
      </th>
      <td>{result === undefined ? "" : cleanText(result.title)}</td>
      <td>{describeNumbers(table)}</td>
      <td>{result === undefined ? "" : result.seeds.length}</td>
      <td>{describeWork(table)}</td>
      <td class="number">{formatDuration(seconds)}</td>
      <td class={state === "complete" ? undefined : "state failed"}>{state}</td>
    </tr>
  );
}

function Failures({ tables }: { tables: readonly SummarizedTable[] }): VNode | null {
  const failed = tables.filter(({ failures }) => failures.length > 0);
  if (failed.length === 0) return null;
  return (
    <section>
      <h2>What failed</h2>
      {failed.map(({ table, failures }) => (
        <div key={table}>
          <h3>{cleanText(table)}</h3>
          <ul>
            {failures.map(([id, reason]) => (
              <li key={id}>
                {id === "" ? "" : `${cleanText(id)}: `}
                {cleanText(reason)}
              </li>
            ))}
          </ul>
        </div>
      ))}
    </section>
  );
}

/** The page of a summary. */
export function AllPage({ summary }: { summary: TablesSummary }): VNode {
  const { title, size, seconds, tables } = summary;
  return (
    <html lang="en">
      <PageHead title={cleanText(title)} styles={styles} />
      <body>
        <main>
          <h1>{cleanText(title)}</h1>
          <p class="facts">
            {describeTables(summary)} Size {cleanText(size)}; made in{" "}
            {formatDuration(seconds)}. Tables share their students: what another table has trained
            or measured counts there alone.
          </p>
          <div class="card scroll" tabindex={0} role="region" aria-label="Tables">
            <table>
              <caption>Each name leads to its report.</caption>
              <thead>
                <tr>
                  <th scope="col">table</th>
                  <th scope="col">title</th>
                  <th scope="col">what it has</th>
                  <th scope="col">seeds</th>
                  <th scope="col">done now</th>
                  <th scope="col" class="number">time</th>
                  <th scope="col">state</th>
                </tr>
              </thead>
              <tbody>{tables.map((table) => <TableLine key={table.table} table={table} />)}</tbody>
            </table>
          </div>
          <Failures tables={tables} />
        </main>
      </body>
    </html>
  );
}
