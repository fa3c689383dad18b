/**
 * Tries the nightly gate for speed and memory on real processes: whole nights of a clone of this project,
 * whose newest commit does more work in every run of a graph, holds more memory, or does the same.
 *
 *     deno run -A scripts/speed_trials.ts --tries 20 --case resnet18-64
 *
 * The baseline is the first night of the clone, at this project's last commit. Every try is a command
 * `nightly`, which measures that commit and the planted one in turns, and is judged by its exit code.
 *
 * @module
 */

import { join } from "node:path";
import { parseArgs } from "node:util";
import { z } from "zod";
import { projectFolder } from "../core/files.ts";
import { median } from "../core/results/quantile.ts";
import { readOptions, wholeNumberOption } from "./script_options.ts";

/** What is planted into the clone. */
export type PlantKind = "nothing" | "time" | "memory";

/** More work of every run of a graph: a share of its time. */
export const plantedTime = 0.25;
/** More memory: a share of the peak. */
export const plantedMemory = 0.3;

/** The file that is changed: everything that is measured runs its graphs by it. */
const sessionFile = join("core", "engine", "session.ts");

function replaceOnce(text: string, place: string, by: string): string {
  if (text.split(place).length !== 2) {
    throw new Error(
      `Cannot plant a loss in ${sessionFile}: expected ${JSON.stringify(place)} once`,
    );
  }
  return text.replace(place, () => by);
}

/**
 * The module of sessions with a loss.
 *
 * @param bytes Memory that is held, of `"memory"`.
 */
export function plantLoss(session: string, kind: PlantKind, bytes: number): string {
  switch (kind) {
    case "nothing":
      return `${session}\n// The same work.\n`;
    case "memory":
      // Written, so that the system has to give it.
      return `${session}\nReflect.set(globalThis, "planted", new Uint8Array(${bytes}).fill(1));\n`;
    case "time": {
      const begin = "    let results: ort.InferenceSession.OnnxValueMapType;\n";
      const end = "    const outputs: Record<string, HostTensor> = {};\n";
      const started = replaceOnce(session, begin, `    const begun = performance.now();\n${begin}`);
      return replaceOnce(
        started,
        end,
        `    const until = performance.now() + ${plantedTime} * (performance.now() - begun);\n` +
          `    while (performance.now() < until);\n${end}`,
      );
    }
  }
}

const nightSchema = z.object({
  exitCode: z.number(),
  seconds: z.number(),
  speed: z.object({
    against: z.string(),
    judgements: z.array(z.object({
      quantity: z.enum(["time", "memory"]),
      ratio: z.number(),
      ratios: z.array(z.number()),
      verdict: z.string(),
    })),
  }),
});

/** One night of the clone. */
export type Night = z.infer<typeof nightSchema>;

async function run(folder: string, program: string, args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command(program, {
    args: [...args],
    cwd: folder,
    stdin: "null",
  }).output();
  const text = new TextDecoder().decode(stdout);
  // A night that fails its gate ends with 1, and says so in its JSON.
  if (code === 0 || (code === 1 && text.startsWith("{"))) return text;
  throw new Error(`${program} ${args.join(" ")}: ${new TextDecoder().decode(stderr).slice(-1000)}`);
}

/** Runs a night of the clone. */
async function runNight(folder: string, speedCase: string): Promise<Night> {
  const options = ["--tables", "none", "--speed", speedCase, "--speed-runs", "1", "--json"];
  const text = await run(folder, Deno.execPath(), ["task", "--quiet", "nightly", ...options]);
  return nightSchema.parse(JSON.parse(text));
}

/** Peak memory of the case in the night before, bytes. */
async function peakOf(folder: string): Promise<number> {
  const schema = z.object({
    cases: z.array(z.object({ runs: z.array(z.object({ peakBytes: z.number() })) })),
  });
  const path = join(folder, "runs", "nightly", "speed", "bench.json");
  const { cases } = schema.parse(JSON.parse(await Deno.readTextFile(path)));
  return cases[0]!.runs[0]!.peakBytes;
}

/** What the nights of one kind ended with. */
export interface SpeedTrials {
  readonly kind: PlantKind;
  readonly tries: number;
  /** Nights in which the gate failed for the quantity that was planted; any, where nothing was. */
  readonly found: number;
  /** Nights in which it failed for a quantity that was not. */
  readonly falseAlarms: number;
  /** Ratio now / baseline of each night, of the planted quantity; of time, where nothing was. */
  readonly ratios: readonly number[];
  /** Standard deviation of the logarithm of a single pair's ratio of times, median over the nights. */
  readonly noise: number;
}

function spreadOfLogs(ratios: readonly number[]): number {
  const logs = ratios.map(Math.log);
  const mean = logs.reduce((sum, log) => sum + log, 0) / logs.length;
  return Math.sqrt(logs.reduce((sum, log) => sum + (log - mean) ** 2, 0) / (logs.length - 1));
}

/** Counts what was found in nights of one kind. */
export function countNights(kind: PlantKind, nights: readonly Night[]): SpeedTrials {
  const fails = (night: Night, quantity: "time" | "memory") =>
    night.exitCode === 1 &&
    night.speed.judgements.some((judgement) =>
      judgement.quantity === quantity && judgement.verdict === "loss"
    );
  const of = ({ speed }: Night, quantity: "time" | "memory") =>
    speed.judgements.find((judgement) => judgement.quantity === quantity)!;
  const planted = kind === "nothing" ? [] : [kind];
  const others = (["time", "memory"] as const).filter((quantity) => quantity !== kind);
  return {
    kind,
    tries: nights.length,
    found: nights.filter((night) => planted.some((quantity) => fails(night, quantity))).length,
    falseAlarms: nights.filter((night) => others.some((quantity) => fails(night, quantity))).length,
    ratios: nights.map((night) => of(night, kind === "memory" ? "memory" : "time").ratio),
    noise: median(nights.map((night) => spreadOfLogs(of(night, "time").ratios))),
  };
}

/** Runs the trials in a folder that is empty. */
export async function trySpeedGate(
  { folder, tries, speedCase, kinds, onEvent }: {
    folder: string;
    /** Nights of each kind. */
    tries: number;
    /** Name of the speed case. */
    speedCase: string;
    kinds: readonly PlantKind[];
    onEvent: (message: string) => void;
  },
): Promise<SpeedTrials[]> {
  const clone = join(folder, "clone");
  await run(folder, "git", ["clone", "--quiet", "--no-hardlinks", projectFolder, clone]);
  const git = (...args: string[]) =>
    run(clone, "git", ["-c", "user.name=trials", "-c", "user.email=trials@localhost", ...args]);
  const base = (await git("rev-parse", "HEAD")).trim();
  const session = await Deno.readTextFile(join(clone, sessionFile));
  const first = await runNight(clone, speedCase);
  onEvent(`the first night took ${first.seconds.toFixed(0)} s: ${first.speed.against}`);
  const bytes = Math.round(plantedMemory * await peakOf(clone));
  const trials: SpeedTrials[] = [];
  for (const kind of kinds) {
    await git("checkout", "--quiet", "-B", kind, base);
    await Deno.writeTextFile(join(clone, sessionFile), plantLoss(session, kind, bytes));
    await git("commit", "--quiet", "--all", "--message", `Planted: ${kind}`);
    const nights: Night[] = [];
    while (nights.length < tries) {
      const night = await runNight(clone, speedCase);
      nights.push(night);
      const said = night.speed.judgements.map(({ quantity, ratio, verdict, ratios }) =>
        `${quantity} × ${ratio.toFixed(3)} ${verdict} (${ratios.length} pairs)`
      );
      onEvent(
        `${kind}, night ${nights.length}: exit code ${night.exitCode}, ${said.join(", ")}, ` +
          `${night.seconds.toFixed(0)} s`,
      );
    }
    trials.push(countNights(kind, nights));
  }
  return trials;
}

if (import.meta.main) {
  const kindNames: readonly PlantKind[] = ["nothing", "time", "memory"];
  const options = readOptions(() => {
    const { values } = parseArgs({
      args: [...Deno.args],
      options: {
        tries: { type: "string", default: "20" },
        case: { type: "string", default: "resnet18-64" },
        kind: { type: "string", multiple: true, default: [...kindNames] },
      },
    });
    return {
      tries: wholeNumberOption("--tries", values.tries, 2),
      speedCase: values.case,
      kinds: kindNames.filter((kind) => values.kind.includes(kind)),
    };
  });
  const folder = await Deno.makeTempDir();
  try {
    const trials = await trySpeedGate({
      ...options,
      folder,
      onEvent: (message) => console.error(message),
    });
    let passed = true;
    for (const { kind, tries, found, falseAlarms, ratios, noise } of trials) {
      const range = [Math.min(...ratios), median([...ratios]), Math.max(...ratios)]
        .map((ratio) => ratio.toFixed(3)).join(", ");
      console.error(
        `planted ${kind}: found in ${found} of ${tries}, false alarms in ${falseAlarms}; ratio least, ` +
          `median, most ${range}; a pair's times scatter by ${(100 * noise).toFixed(1)} %`,
      );
      passed &&= falseAlarms === 0 && (kind === "nothing" || found === tries);
    }
    console.error(passed ? "every loss found, no false alarm" : "not as it should be");
    if (!passed) Deno.exitCode = 1;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
