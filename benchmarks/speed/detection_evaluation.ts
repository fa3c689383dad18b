/**
 * The evaluation of detections beside pycocotools and faster-coco-eval, and how long a draw of the
 * bootstrap takes.
 *
 *     deno run -A benchmarks/speed/detection_evaluation.ts [--python PYTHON] [--masks]
 *         [--images 5000] [--detections 36000] [--categories 80] [--rounds 5]
 *
 * With a Python that has the packages the same set is evaluated by them; the twelve numbers must be
 * equal to 1e-6. What is timed is the evaluation of what is in memory; ours makes the evidence with the
 * class-agnostic outcomes and the errors at the same time. Prints one line of JSON.
 *
 * @module
 */

import { join } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { z } from "zod";
import { EngineError } from "../../core/errors.ts";
import { printJson } from "../../core/output.ts";
import { projectFolder } from "../../core/files.ts";
import type { Evidence } from "../../core/results/evidence.ts";
import { median } from "../../core/results/quantile.ts";
import { metricInterval } from "../../core/results/statistics.ts";
import {
  cocoMetrics,
  cocoSummary,
  DetectionEvidenceBuilder,
  errorMetrics,
  type JudgedImage,
  type RegionKind,
} from "../../core/vision/evaluation/mod.ts";
import { drawDetectionSet, toCocoFile } from "./detection_set.ts";
import { runProcess } from "./processes.ts";
import { peakBytes } from "./time_steps.ts";

const peerSchema = z.strictObject({
  seconds: z.array(z.number()),
  cpuSeconds: z.array(z.number()),
  numbers: z.array(z.number()),
  peakBytes: z.number(),
  version: z.string(),
});
type Measured = z.infer<typeof peerSchema>;

const peers = ["pycocotools", "faster_coco_eval"] as const;

/** Bytes of the numbers of evidence. */
export function evidenceBytes({ tables }: Evidence): number {
  return Object.values(tables).reduce(
    (sum, { sample, columns }) => sum + 4 * sample.length * (1 + Object.keys(columns).length),
    0,
  );
}

function collect(images: readonly JudgedImage[], categories: number, masks: boolean): Evidence {
  const builder = new DetectionEvidenceBuilder({ categories, masks });
  for (const image of images) builder.add(image);
  return builder.build();
}

/** Times our evaluation of one kind of regions. */
export function measureEvaluation(
  images: readonly JudgedImage[],
  categories: number,
  kind: RegionKind,
  rounds: number,
): Measured & { readonly evidence: Evidence } {
  const seconds: number[] = [], cpuSeconds: number[] = [];
  let numbers: number[] = [], evidence: Evidence | undefined;
  for (let round = 0; round < rounds; round++) {
    const started = performance.now(), cpuBefore = process.cpuUsage();
    evidence = collect(images, categories, kind === "mask");
    numbers = Object.values(cocoSummary(evidence, kind)).map((value) =>
      value < 0 ? -1 : value / 100
    );
    const { user, system } = process.cpuUsage(cpuBefore);
    seconds.push((performance.now() - started) / 1000);
    cpuSeconds.push((user + system) / 1e6);
  }
  const version = Deno.version.deno;
  return { seconds, cpuSeconds, numbers, peakBytes: peakBytes(), version, evidence: evidence! };
}

/** CPU time of a bootstrap draw of each metric in milliseconds, its share of the sorting included. */
export function measureDraws(evidence: Evidence, kind: RegionKind, resamples: number) {
  const metrics = [...cocoMetrics(kind), ...errorMetrics(kind)];
  return Object.fromEntries(metrics.map((metric) => {
    const started = process.cpuUsage();
    metricInterval(metric, [evidence], { resamples });
    const { user, system } = process.cpuUsage(started);
    return [metric.key, Number(((user + system) / 1000 / resamples).toFixed(3))];
  }));
}

function summaryOf({ seconds, cpuSeconds, peakBytes, version }: Measured) {
  return {
    version,
    firstSeconds: seconds[0]!,
    seconds: median(seconds),
    cpuSeconds: median(cpuSeconds),
    peakBytes,
  };
}

if (import.meta.main) {
  const { values } = parseArgs({
    args: Deno.args,
    options: {
      python: { type: "string" },
      masks: { type: "boolean", default: false },
      images: { type: "string", default: "5000" },
      detections: { type: "string", default: "36000" },
      categories: { type: "string", default: "80" },
      rounds: { type: "string", default: "5" },
      resamples: { type: "string", default: "500" },
    },
  });
  const kind = values.masks ? "mask" : "box";
  const categories = Number(values.categories), rounds = Number(values.rounds);
  const size = {
    images: Number(values.images),
    detections: Number(values.detections),
    categories,
    masks: values.masks,
  };
  const images = drawDetectionSet(size);
  const { evidence, ...ours } = measureEvaluation(images, categories, kind, rounds);
  const others: Record<string, ReturnType<typeof summaryOf> & { ratio: number }> = {};
  if (values.python !== undefined) {
    const file = await Deno.makeTempFile({ suffix: ".json" });
    try {
      await Deno.writeTextFile(file, toCocoFile(images, categories));
      for (const name of peers) {
        const script = join(projectFolder, "benchmarks", "speed", "peers", "coco_evaluation.py");
        const found = await runProcess(
          { program: values.python, args: [script, file, name, String(rounds)] },
          peerSchema,
          { source: name },
        );
        const wrong = found.numbers.findIndex((value, index) =>
          Math.abs(value - ours.numbers[index]!) > 1e-6
        );
        if (wrong >= 0) {
          throw new EngineError(
            `Number ${wrong}: ${name} says ${found.numbers[wrong]}, we say ${ours.numbers[wrong]}`,
          );
        }
        others[name] = {
          ...summaryOf(found),
          ratio: median(ours.cpuSeconds) / median(found.cpuSeconds),
        };
      }
    } finally {
      await Deno.remove(file);
    }
  }
  printJson({
    size,
    ours: summaryOf(ours),
    ...others,
    evidenceBytes: evidenceBytes(evidence),
    millisecondsPerDraw: measureDraws(evidence, kind, Number(values.resamples)),
  }, { indent: 1 });
}
