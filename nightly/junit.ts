/**
 * A night as JUnit XML, for hosts that list tests.
 *
 * @module
 */

import { cleanText, formatNumber, formatRange, formatSigned } from "../reports/format.ts";
import { nameOf } from "./describe.ts";
import type { NightReport } from "./night_report.ts";

/** One test of the file. */
interface TestCase {
  readonly name: string;
  readonly failure?: string;
  readonly error?: string;
  readonly skipped?: string;
}

function escape(text: string): string {
  return cleanText(text).replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}

function renderCase(suite: string, { name, failure, error, skipped }: TestCase): string {
  const inner = failure !== undefined
    ? `<failure message="${escape(failure)}"/>`
    : error !== undefined
    ? `<error message="${escape(error)}"/>`
    : skipped !== undefined
    ? `<skipped message="${escape(skipped)}"/>`
    : "";
  const start = `    <testcase classname="${escape(suite)}" name="${escape(name)}"`;
  return inner === "" ? `${start}/>` : `${start}>${inner}</testcase>`;
}

/** Tests of a table: that it ran, every number, every number that is lost. */
function suitesOf({ tables, judgements }: NightReport): [string, TestCase[]][] {
  return tables.map(({ name, state, messages, lost }) => {
    const message = messages.join("; ");
    const run: TestCase = state === "failed"
      ? { name: "runs", error: message }
      : state === "conflict" || state === "no baseline"
      ? { name: "has a baseline", skipped: message }
      : { name: "runs" };
    const judged = judgements.filter(({ group }) => group.table === name).map(
      (judgement): TestCase => {
        const { verdict, difference, ci95, tolerance, adjustedP } = judgement;
        return verdict === "loss"
          ? {
            name: nameOf(judgement),
            failure: `${formatSigned(difference, 2)} ${
              formatRange([...ci95], { signed: true, digits: 2 })
            }, tolerance ${formatNumber(tolerance, 2)}, corrected p ${adjustedP.toPrecision(2)}`,
          }
          : { name: nameOf(judgement) };
      },
    );
    const missing = lost.map(({ id, reason }): TestCase => ({
      name: `${name}: ${id}`,
      failure: `lost: ${reason}`,
    }));
    return [name, [run, ...judged, ...missing]];
  });
}

/** The JUnit XML of a night. */
export function renderJunit(report: NightReport): string {
  const suites = suitesOf(report);
  if (report.speed !== undefined) {
    suites.push(["speed", [
      ...report.speed.judgements.map(({ pairs, verdict, ratio, ci95, tolerance }): TestCase => {
        const name = `${pairs.place}: ${pairs.quantity}`;
        if (verdict === "not judged") return { name, skipped: "too few measurements to compare" };
        if (verdict !== "loss") return { name };
        return {
          name,
          failure: `${formatNumber(ratio, 3)} of the baseline ${
            formatRange([...ci95], { digits: 3 })
          }, tolerance ${tolerance}`,
        };
      }),
      ...report.speed.failed.map(({ place, reason }) => ({ name: place, error: reason })),
    ]]);
  }
  const attributes = (cases: readonly TestCase[]) => {
    const count = (key: "failure" | "error" | "skipped") =>
      cases.filter((one) => one[key] !== undefined).length;
    return `tests="${cases.length}" failures="${count("failure")}" errors="${count("error")}" ` +
      `skipped="${count("skipped")}"`;
  };
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="nightly" ${attributes(suites.flatMap(([, cases]) => cases))}>`,
    ...suites.flatMap(([name, cases]) => [
      `  <testsuite name="${escape(name)}" timestamp="${report.time}" ${attributes(cases)}>`,
      ...cases.map((one) => renderCase(name, one)),
      "  </testsuite>",
    ]),
    "</testsuites>",
    "",
  ].join("\n");
}
