/**
 * A night as JSON, for other programs.
 *
 * @module
 */

import type { Judgement } from "./gate/judge.ts";
import type { SpeedJudgement } from "./gate/judge_speed.ts";
import { exitCodeOf, failuresOf, type NightReport } from "./night_report.ts";
import type { NightFiles } from "./write_night.ts";

/** A number that JSON can hold; null in place of one that is not finite. */
function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

function judgementJson({ group, ...judgement }: Judgement) {
  const { level, table, name, cells, metric } = group;
  const { base, next, difference, ci95, tolerance, adjustedP, verdict, smallestLoss } = judgement;
  return {
    ...{ level, table, name, numbers: cells.length, metric: metric.key, unit: metric.unit },
    ...{ base, next, difference, ci95: ci95.map(finite), tolerance, adjustedP, verdict },
    smallestLoss: finite(smallestLoss),
  };
}

function speedJson({ pairs, ...judgement }: SpeedJudgement) {
  const { place, name, quantity, by, ratios } = pairs;
  const { ratio, ci95, tolerance, adjustedP, verdict, smallestRatio } = judgement;
  return {
    ...{ place, case: name, quantity, by, ratios },
    ...{ ratio: finite(ratio), ci95: ci95.map(finite), tolerance, adjustedP, verdict },
    smallestRatio: finite(smallestRatio),
  };
}

/**
 * What `nightly --json` prints: when and of what the night was, the files that it wrote, its verdict,
 * every comparison.
 */
export function nightJson(report: NightReport, files: NightFiles): Record<string, unknown> {
  const { time, commit, branch, machine, seconds, tables, judgements, speed, drift } = report;
  const exitCode = exitCodeOf(report);
  return {
    ...{ time, commit, branch, machine, seconds },
    ...files,
    ...{ passed: exitCode === 0, exitCode },
    failures: failuresOf(report),
    tables: tables.map(({ result: _result, ...table }) => table),
    judgements: judgements.map(judgementJson),
    ...(speed === undefined ? {} : {
      speed: {
        against: speed.against,
        judgements: speed.judgements.map(speedJson),
        failed: speed.failed,
      },
    }),
    ...(report.speedProblem === undefined ? {} : { speedProblem: report.speedProblem.message }),
    drift,
    history: report.history.message,
    remarks: report.remarks,
  };
}
