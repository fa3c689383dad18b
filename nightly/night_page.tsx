// deno-lint-ignore-file jsx-key -- rendered once to text: keys would never be read

/**
 * The page of a night: its verdict, every comparison, and the way to the reports of its tables.
 *
 * @module
 */

import type { VNode } from "preact";
import { formatDuration } from "../reports/format.ts";
import { styles } from "../reports/styles.ts";
import {
  factsOf,
  headlineOf,
  judgementRows,
  powerOf,
  remarksOf,
  summaryTables,
  type TextRows,
} from "./describe.ts";
import { exitCodeOf, type NightReport } from "./night_report.ts";
import { PageHead } from "../reports/page_head.tsx";

/** A page that this one links to. */
export interface PageLink {
  readonly href: string;
  readonly title: string;
}

function Rows(props: { rows: TextRows; isOpen?: boolean }): VNode | null {
  const { title, columns, numeric, rows } = props.rows;
  if (rows.length === 0) return null;
  const body = (
    <div class="scroll" tabIndex={0} role="region" aria-label={title}>
      <table class="speed">
        <thead>
          <tr>
            {columns.map((column, index) => (
              <th scope="col" class={numeric.includes(index) ? "number" : ""}>
                {column === "" ? "verdict" : column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr>
              {row.map((text, index) =>
                index === 0
                  ? <th scope="row" class="title">{text}</th>
                  : <td class={numeric.includes(index) ? "number" : ""}>{text}</td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
  if (props.isOpen === false) {
    return (
      <details class="card">
        <summary>{title} ({rows.length})</summary>
        {body}
      </details>
    );
  }
  return (
    <section>
      <h2>{title}</h2>
      <div class="card">{body}</div>
    </section>
  );
}

/** The whole page, from `<html>`. */
export function NightPage(props: { report: NightReport; links: readonly PageLink[] }): VNode {
  const { report, links } = props;
  const headline = headlineOf(report);
  const [first, ...rest] = headline.split(": ");
  return (
    <html lang="en">
      <PageHead title={`Nightly benchmark: ${headline}`} styles={styles} />
      <body>
        <main>
          <h1 style={`color: var(--${exitCodeOf(report) === 0 ? "good" : "bad"})`}>
            {rest.length === 0 ? first : `${first}: ${rest.join(": ")}`}
          </h1>
          <p class="facts">{factsOf(report)} · made in {formatDuration(report.seconds)}</p>
          {links.length === 0 ? null : (
            <nav aria-label="Reports">
              <ul>
                {links.map(({ href, title }) => (
                  <li>
                    <a href={href}>{title}</a>
                  </li>
                ))}
              </ul>
            </nav>
          )}
          {summaryTables(report).map((rows) => <Rows rows={rows} />)}
          <section>
            <h2>Remarks</h2>
            <ul>
              {[...powerOf(report.judgements), ...remarksOf(report)].map((text) => <li>{text}</li>)}
            </ul>
          </section>
          <Rows rows={judgementRows("All comparisons", report.judgements)} isOpen={false} />
        </main>
      </body>
    </html>
  );
}
