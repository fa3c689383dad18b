/**
 * Fuzzes a parser in a process of its own and goes on behind a mutation that ended it.
 *
 * @module
 */

import { join } from "node:path";
import { TextLineStream } from "./text_lines.ts";
import type { FuzzCounts, FuzzFailure, FuzzReport } from "./run.ts";

/** Longest silence of a process: one mutation may take 5 s, the start some more. */
const mostSilence = 30_000;

/** Most processes that a parser may end before it is given up. */
const mostEnds = 5;

const script = join(import.meta.dirname!, "child.ts");

/** What is fuzzed, and for how long. */
export interface IsolatedOptions {
  readonly parser: string;
  readonly seed: number;
  readonly first: number;
  readonly count: number;
  readonly milliseconds: number;
  /** Counts ends of the process in place of reporting them. */
  readonly mayEndProcess: boolean;
}

/** How one process ended. */
interface ProcessEnd {
  readonly report: FuzzReport | undefined;
  /** The mutation that was tried last. */
  readonly index: number | undefined;
  readonly reason: string;
  /** Whether it was ended because it gave no answer. */
  readonly isSilent: boolean;
}

async function runProcess(options: IsolatedOptions): Promise<ProcessEnd> {
  const { parser, seed, first, count, milliseconds } = options;
  const process = new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--no-prompt", "--no-check", "--allow-read", "--allow-write", "--allow-env"],
      ...["--allow-sys", "--allow-ffi", script, "--parser", parser, "--seed", `${seed}`],
      ...["--first", `${first}`, "--count", `${count}`],
      ...["--milliseconds", `${Math.max(1, Math.round(milliseconds))}`],
    ],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let index: number | undefined, report: FuzzReport | undefined;
  let isSilent = false;
  const kill = () => {
    isSilent = true;
    process.kill("SIGKILL");
  };
  let timer = setTimeout(kill, mostSilence);
  const errors = new Response(process.stderr).text();
  const lines = process.stdout.pipeThrough(new TextDecoderStream())
    .pipeThrough(new TextLineStream());
  for await (const line of lines) {
    clearTimeout(timer);
    timer = setTimeout(kill, mostSilence);
    const told = JSON.parse(line) as { index?: number; report?: FuzzReport };
    index = told.index ?? index;
    report = told.report ?? report;
  }
  clearTimeout(timer);
  const { signal, code } = await process.status;
  const reason = isSilent
    ? `no answer for ${mostSilence / 1000} s`
    : `the process ended by ${signal ?? `exit ${code}`}: ${(await errors).slice(-2000)}`;
  return { report, index, reason, isSilent };
}

function addCounts(total: FuzzCounts, more: FuzzCounts): void {
  for (const key of Object.keys(total) as (keyof FuzzCounts)[]) total[key] += more[key];
}

/**
 * Fuzzes a parser, in several processes where some of them end before their time.
 *
 * @throws where a process ends before its first mutation.
 */
export async function fuzzIsolated(options: IsolatedOptions): Promise<FuzzReport> {
  const { parser, seed } = options;
  const counts: FuzzCounts = { tried: 0, refused: 0, same: 0, other: 0, ended: 0, failed: 0 };
  const failures: FuzzFailure[] = [];
  const startedAt = performance.now();
  let { first, count } = options;
  for (let ends = 0; options.mayEndProcess || ends < mostEnds; ends++) {
    const milliseconds = options.milliseconds - (performance.now() - startedAt);
    if (count <= 0 || (ends > 0 && milliseconds <= 0)) break;
    const { report, index, reason, isSilent } = await runProcess({
      ...options,
      first,
      count,
      milliseconds,
    });
    if (report !== undefined) {
      addCounts(counts, report.counts);
      failures.push(...report.failures);
      break;
    }
    if (index === undefined) throw new Error(`${parser}: ${reason}`);
    // What the process had found before is lost with it, but for its number.
    const tried = index - first + 1;
    counts.tried += tried;
    counts.refused += tried - 1;
    if (options.mayEndProcess && !isSilent) counts.ended++;
    else {
      counts.failed++;
      failures.push({ parser, seed, index, file: "", kind: "", reason });
    }
    [first, count] = [index + 1, count - tried];
  }
  return { counts, failures, seconds: (performance.now() - startedAt) / 1000 };
}
