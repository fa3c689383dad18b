// deno-lint-ignore-file jsx-key -- rendered once to text: keys would never be read

/**
 * The part of the report about what is varied along axes: what was found, and charts.
 *
 * @module
 */

import type { VNode } from "preact";
import type { ResultFile } from "../core/results/result.ts";
import type { ChartImage } from "./chart_canvas.ts";
import { Charts } from "./report_sections.tsx";
import type { SweepFindings as FoundAlongAxes } from "./sweep_words.ts";

/** What was found along every axis, in words. */
export function SweepFindings({ found: { note, findings } }: { found: FoundAlongAxes }): VNode {
  return (
    <>
      <p>{note}</p>
      {findings.map(({ title, sentences }) => (
        <>
          <p class="finding">
            <b>{title}</b>
          </p>
          <ul>
            {sentences.map((sentence) => <li>{sentence}</li>)}
          </ul>
        </>
      ))}
    </>
  );
}

/** The charts of every sweep under its title; null where there are none. */
export function SweepCharts(
  props: { result: ResultFile; charts: readonly ChartImage[]; heading: "h3" | "h4" },
): VNode | null {
  const { result: { sweeps = [] }, charts, heading: Heading } = props;
  const shown = sweeps.filter(({ id }) =>
    charts.some(({ spec }) => spec.kind === "sweeps" && spec.section === id)
  );
  if (shown.length === 0) return null;
  return (
    <>
      {shown.map(({ id, title, note }) => (
        <>
          <Heading>{title}</Heading>
          {note === undefined ? null : <p>{note}</p>}
          <Charts charts={charts.filter(({ spec }) => spec.section === id)} kind="sweeps" />
        </>
      ))}
    </>
  );
}
