// deno-lint-ignore-file jsx-key -- rendered once to text: keys would never be read

/**
 * The page of the report.
 *
 * @module
 */

import type { VNode } from "preact";
import { reportMarkName } from "../core/results/report_mark.ts";
import { hashResult } from "../core/results/result_schema.ts";
import type { ResultFile } from "../core/results/result.ts";
import type { ChartImage } from "./chart_canvas.ts";
import { cleanText, countOf } from "./format.ts";
import { describeTime } from "./legend.ts";
import {
  AllNumbers,
  Charts,
  Fold,
  Headlines,
  ImageCounts,
  KeyValues,
  LeftOutImages,
  Legend,
  Notices,
  Sources,
  Timings,
} from "./report_sections.tsx";
import { Claims } from "./claims_section.tsx";
import { CostTable } from "./cost_section.tsx";
import { Figures } from "./figures_section.tsx";
import { JointFigures } from "./joint_figures/section.tsx";
import { DifferenceTable, ResultsTable, SweptRowsTable } from "./results_table.tsx";
import { styles } from "./styles.ts";
import { SweepCharts, SweepFindings } from "./sweep_section.tsx";
import { describeSweeps } from "./sweep_words.ts";
import { PageHead } from "./page_head.tsx";
import { describeRow } from "./table_model.ts";

/** A result with its charts. */
export interface DrawnResult {
  /** The result. */
  readonly result: ResultFile;
  /** Its charts. */
  readonly charts: readonly ChartImage[];
}

/** One part with its heading; left out where it has no content. */
function Part(props: { heading: "h2" | "h3"; title: string; children: unknown }): VNode {
  const Heading = props.heading;
  return (
    <section>
      <Heading>{props.title}</Heading>
      {props.children as VNode}
    </section>
  );
}

/** The command that makes a result again; words that a shell would split are quoted. */
export function reproduceCommand(result: ResultFile): string {
  const quote = (word: string) =>
    /^[\w.:/@+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
  return `deno task reproduce ${quote(result.table)} --size ${
    quote(result.size)
  } --seeds ${result.seeds.length}`;
}

/** Names of rows for the reader, by id, with their students. */
function rowNames(result: ResultFile): (row: string) => string {
  const names = new Map(result.rows.map((row) => {
    const name = describeRow(row, result.rows);
    return [row.id, cleanText(row.student === null ? name : `${name}, ${row.student}`)];
  }));
  return (row) => names.get(row) ?? cleanText(row);
}

function Result(props: { drawn: DrawnResult; id: string; isOnly: boolean }): VNode {
  const { drawn: { result, charts }, id, isOnly } = props;
  const Title = isOnly ? "h1" : "h2";
  const heading = isOnly ? "h2" : "h3";
  const has = (kind: string) => charts.some(({ spec }) => spec.kind === kind);
  const found = describeSweeps(result);
  return (
    <article id={id}>
      <Title>{result.title}</Title>
      <p class="facts">
        Table {result.table} · size {result.size} · {result.seeds.length === 1 ? "seed" : "seeds"}
        {" "}
        {result.seeds.join(", ")} · {describeTime(result)} · {result.project.name}{" "}
        {result.project.version}
      </p>
      <p>
        Small vision models (students) are pre-trained in several ways and then measured on
        downstream tasks. Each row says by which method a student was trained, from which teacher,
        on which images and for how many epochs. Where the paper on language-guided distillation
        (LGD) prints a number, it stands beside the measured one.
      </p>
      {result.note === "" ? null : <p>{result.note}</p>}
      <Notices result={result} />
      {result.claims === undefined ? null : (
        <Part heading={heading} title="Claims">
          <Claims result={result} />
        </Part>
      )}
      {found === undefined ? null : (
        <Part heading={heading} title="What was found">
          <SweepFindings found={found} />
        </Part>
      )}
      <Headlines result={result} />
      <Part heading={heading} title="Results">
        <ResultsTable result={result} />
        <SweptRowsTable result={result} />
        <Legend result={result} />
      </Part>
      {result.comparisons.length === 0 && !has("differences")
        ? null
        : (
          <Part heading={heading} title="Differences between methods">
            <DifferenceTable result={result} />
            <Charts charts={charts} kind="differences" />
          </Part>
        )}
      {has("sweeps")
        ? (
          <Part heading={heading} title="Along one setting at a time">
            <SweepCharts result={result} charts={charts} heading={isOnly ? "h3" : "h4"} />
          </Part>
        )
        : null}
      {result.costs === undefined ? null : (
        <Part heading={heading} title="What it costs">
          <CostTable result={result} />
          <Charts charts={charts} kind="costs" />
        </Part>
      )}
      {has("values")
        ? (
          <Part heading={heading} title="Measured values">
            <Charts charts={charts} kind="values" />
          </Part>
        )
        : null}
      <Figures result={result} id={id} charts={charts} heading={heading} />
      <JointFigures
        figures={result.figures}
        id={id}
        heading={heading}
        nameOf={rowNames(result)}
      />
      {has("losses")
        ? (
          <Part heading={heading} title="Training losses">
            <p>
              Mean over seeds; single seeds are drawn faintly. The losses of different methods are
              different quantities: only their course can be compared, not their level.
            </p>
            <Charts charts={charts} kind="losses" />
          </Part>
        )
        : null}
      <Part heading={heading} title="Details">
        <AllNumbers result={result} />
        <Fold title="Resolved protocol">
          <KeyValues
            caption={`Every setting of the run; configuration hash ${result.configHash}.`}
            value={result.protocol}
          />
        </Fold>
        <Fold title="Environment">
          <KeyValues caption="The machine and the versions." value={result.environment} />
        </Fold>
        <Sources result={result} />
        <Timings result={result} />
        <ImageCounts result={result} />
        <LeftOutImages result={result} />
      </Part>
      <Part heading={heading} title="How to make this again">
        <pre tabindex={0}><code>{reproduceCommand(result)}</code></pre>
        <p>
          The configuration hash must read <code>{result.configHash.slice(0, 16)}…</code>{" "}
          again; settings changed by <code>--set</code> stand in the resolved protocol above.
        </p>
      </Part>
      {result.credits.length === 0 ? null : (
        <Part heading={heading} title="Credits and licences">
          <ul>
            {result.credits.map((credit) => <li>{credit}</li>)}
          </ul>
          <p>
            {result.figures === undefined
              ? "This page shows no images of the data."
              : "The images above are made of works credited here."}{" "}
            Charts use the typeface Inter (SIL OFL 1.1).
          </p>
        </Part>
      )}
    </article>
  );
}

/** The whole page, from `<html>`. */
export function ReportPage(props: { drawn: readonly DrawnResult[] }): VNode {
  const { drawn } = props;
  const isOnly = drawn.length === 1;
  const title = isOnly
    ? cleanText(drawn[0]!.result.title)
    : `lgd-bench: ${countOf(drawn.length, "result")}`;
  return (
    <html lang="en">
      <PageHead title={title} styles={styles}>
        {drawn.map(({ result }) => <meta name={reportMarkName} content={hashResult(result)} />)}
      </PageHead>
      <body>
        <main>
          {isOnly ? null : (
            <nav aria-label="Results">
              <h1>{title}</h1>
              <ul>
                {drawn.map(({ result }, index) => (
                  <li>
                    <a href={`#result-${index + 1}`}>{result.title} ({result.size})</a>
                  </li>
                ))}
              </ul>
            </nav>
          )}
          {drawn.map((one, index) => (
            <Result drawn={one} id={`result-${index + 1}`} isOnly={isOnly} />
          ))}
        </main>
      </body>
    </html>
  );
}
