// deno-lint-ignore-file jsx-key -- rendered once to text: keys would never be read

/**
 * The page of the speed benchmarks.
 *
 * @module
 */

import type { VNode } from "preact";
import type { KernelTime, SpeedFile, StepProfile } from "../core/results/speed_result.ts";
import type { ChartImage } from "./chart_canvas.ts";
import { countOf, formatDuration, formatNumber, noValue } from "./format.ts";
import { Charts, Fold, KeyValues } from "./report_sections.tsx";
import {
  bestStepRatio,
  describeHostWork,
  formatFigure,
  formatRatio,
  groupByOperator,
  profileSummary,
  reachesTarget,
  type SpeedLine,
  speedLine,
} from "./speed_table.ts";
import { styles } from "./styles.ts";
import { PageHead } from "./page_head.tsx";

function Figures(props: { line: SpeedLine }): VNode {
  const { side, milliseconds, imagesPerSecond, cpuMilliseconds, peakGigabytes } = props.line;
  return (
    <>
      <td>{side}</td>
      {[milliseconds, imagesPerSecond, cpuMilliseconds, peakGigabytes].map((value) => (
        <td class="number">{formatFigure(value)}</td>
      ))}
    </>
  );
}

const headings = [
  "Case",
  "Threads",
  "Side",
  "Step, ms",
  "Images/s",
  "CPU, ms",
  "Peak, GB",
  "Time, ours / peer",
  "Target",
  "Quickest steps, ours / peer",
  "CPU, ours / peer",
  "Memory, ours / peer",
  "Difference",
];

/** Both sides of every case. */
function SpeedTable(props: { file: SpeedFile }): VNode {
  return (
    <div class="scroll card" tabindex={0}>
      <table class="speed">
        <caption>
          <span>
            Medians over alternating runs, each in a process of its own. Ratios are of neighbouring
            runs, with the least and the greatest; below 1 we are faster or smaller. Difference: of
            the value that both sides compute from the same weights and batch, relative.
          </span>
        </caption>
        <thead>
          <tr>{headings.map((heading) => <th scope="col">{heading}</th>)}</tr>
        </thead>
        {props.file.cases.map((result) => {
          const reached = reachesTarget(result);
          return (
            <tbody>
              <tr>
                <th scope="rowgroup" rowspan={1 + result.peers.length} class="title">
                  {result.title}
                </th>
                <td class="number" rowspan={1 + result.peers.length}>{result.threads}</td>
                <Figures
                  line={speedLine(
                    result.layout === null ? "ours" : `ours, ${result.layout}`,
                    result.runs,
                  )}
                />
                <td colspan={6} class={result.status === "failed" ? "state failed" : "state"}>
                  {result.status === "measured" ? "" : `${result.status}: ${result.reason}`}
                </td>
              </tr>
              {result.peers.map((peer) => (
                <tr>
                  <Figures line={speedLine(peer.title, peer.runs)} />
                  {peer.status === "measured"
                    ? (
                      <>
                        <td class={`number ${reached === true ? "best" : ""}`.trim()}>
                          {formatRatio(peer.timeRatio)}
                        </td>
                        <td class="number">
                          {result.target?.peer === peer.name
                            ? `≤ ${result.target.timeRatio} ${reached ? "reached" : "not reached"}`
                            : noValue}
                        </td>
                        <td class="number">
                          {formatFigure(bestStepRatio(result.runs, peer.runs))}
                        </td>
                        <td class="number">{formatRatio(peer.cpuRatio)}</td>
                        <td class="number">{formatRatio(peer.memoryRatio)}</td>
                        <td class="number">
                          {peer.valueDifference === null
                            ? noValue
                            : peer.valueDifference.toExponential(1)}
                        </td>
                      </>
                    )
                    : <td colspan={6} class="state failed">{peer.status}</td>}
                </tr>
              ))}
            </tbody>
          );
        })}
      </table>
    </div>
  );
}

function KernelTable(props: {
  caption: string;
  kernels: readonly KernelTime[];
  total: number;
}): VNode {
  return (
    <table>
      <caption>{props.caption}</caption>
      <thead>
        <tr>
          {["Operator", "Shapes", "Calls", "ms", "Share", "GFLOP/s"].map((heading) => (
            <th scope="col">{heading}</th>
          ))}
        </tr>
      </thead>
      <tbody>
        {props.kernels.map(({ operator, shapes, calls, milliseconds, gigaflops }) => (
          <tr>
            <th scope="row">{operator}</th>
            <td>
              <code>{shapes}</code>
            </td>
            <td class="number">{calls}</td>
            <td class="number">{formatNumber(milliseconds)}</td>
            <td class="number">{formatNumber(100 * milliseconds / props.total)} %</td>
            <td class="number">
              {gigaflops === null || milliseconds === 0
                ? noValue
                : formatFigure(gigaflops / milliseconds * 1000)}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Profile(props: { profile: StepProfile }): VNode {
  const { profile } = props;
  const { kernels, products, gigaflops, limit } = profileSummary(profile);
  const hostWork = describeHostWork(profile);
  return (
    <section>
      <h3>
        {profile.name}, {countOf(profile.threads, "thread")}, layout {profile.layout}
      </h3>
      <p>
        A step takes {formatNumber(profile.stepMilliseconds, 0)}{" "}
        ms inside the runtime. Convolutions and matrix products ({formatFigure(gigaflops)}{" "}
        GFLOP) take {formatNumber(products, 0)} ms, all other kernels{" "}
        {formatNumber(kernels - products, 0)}{" "}
        ms. At the best matrix product that was measured on this machine,{" "}
        {formatFigure(profile.peakGigaflopsPerSecond)} GFLOP/s, the arithmetic would take{" "}
        {formatNumber(limit, 0)} ms.{hostWork === undefined ? "" : ` ${hostWork}.`}
      </p>
      <Fold title="By operator">
        <KernelTable
          caption="All kernels of a step, added up by operator."
          kernels={groupByOperator(profile.kernels)}
          total={kernels}
        />
      </Fold>
      <Fold title="By operator and shapes">
        <KernelTable
          caption="Input shapes → output shapes."
          kernels={profile.kernels}
          total={kernels}
        />
      </Fold>
    </section>
  );
}

/** The whole page, from `<html>`. */
export function SpeedPage(
  props: { file: SpeedFile; charts: readonly ChartImage[] },
): VNode {
  const { file, charts } = props;
  const { longRun } = file;
  const notes = new Set(
    file.cases.flatMap(({ peers }) =>
      peers.flatMap(({ title, runs }) => runs[0]?.note ? [`${title}: ${runs[0].note}`] : [])
    ),
  );
  const versions = Object.assign(
    {},
    ...file.cases.flatMap(({ runs, peers }) =>
      [...runs, ...peers.flatMap((peer) => peer.runs)].map((run) => run.versions)
    ),
  );
  return (
    <html lang="en">
      <PageHead title="Speed benchmarks" styles={styles} />
      <body>
        <main>
          <h1>Speed benchmarks</h1>
          <p class="facts">
            {file.environment["cpu"] ?? "unknown CPU"}, {file.environment["cores"]} cores ·{" "}
            {countOf(file.settings.runs, "pair")} of alternating runs · {file.project.name}{" "}
            {file.project.version}
          </p>
          {file.warnings.length === 0 ? null : (
            <div class="notice" role="note">
              {file.warnings.map((warning) => <p>{warning}</p>)}
            </div>
          )}
          {file.cases.length === 0 ? null : (
            <section>
              <h2>Beside peers</h2>
              <Charts charts={charts} kind="values" />
              <SpeedTable file={file} />
              {notes.size === 0 ? null : <ul>{[...notes].map((note) => <li>{note}</li>)}</ul>}
            </section>
          )}
          {file.profiles.length === 0 ? null : (
            <section>
              <h2>Where the time goes</h2>
              {file.profiles.map((profile) => <Profile profile={profile} />)}
            </section>
          )}
          {longRun === null ? null : (
            <section>
              <h2>Memory over {longRun.steps} steps</h2>
              <p>
                {longRun.student}, {formatDuration(longRun.seconds)}: the median resident set is
                {" "}
                {formatNumber(longRun.early / 2 ** 20, 0)} MB in the second tenth and{" "}
                {formatNumber(longRun.late / 2 ** 20, 0)}{" "}
                MB in the last one ({formatNumber(100 * longRun.growth)} %):{" "}
                <b>{longRun.flat ? "flat" : "not flat"}</b>.
              </p>
              <Charts charts={charts} kind="losses" />
            </section>
          )}
          <section>
            <h2>Details</h2>
            <Fold title="Settings, machine and versions">
              <KeyValues
                caption="What was measured on what."
                value={{ settings: file.settings, machine: file.environment, versions }}
              />
            </Fold>
          </section>
        </main>
      </body>
    </html>
  );
}
