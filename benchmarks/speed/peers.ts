/**
 * Whom we are measured beside, and how each is started.
 *
 * @module
 */

import { join } from "node:path";
import { z } from "zod";
import { projectFolder } from "../../core/files.ts";
import type { PeerName, SpeedCase } from "./cases.ts";
import { type ProcessSpec, runProcess } from "./processes.ts";

/** How a peer is asked for one measurement. */
export interface PeerRequest {
  readonly speedCase: SpeedCase;
  readonly threads: number;
  /** Weights and batch as safetensors. */
  readonly file: string;
  /** Channels last instead of the usual order. @default {false} */
  readonly channelsLast?: boolean;
}

/** A peer. */
export interface Peer {
  readonly name: PeerName;
  /** Name in tables. */
  readonly title: string;
  /** The process that prints its versions, and fails where it is not installed. */
  readonly probe: ProcessSpec;
  /** What to do where it is not installed. */
  readonly advice: string;
  /** Whether it can hold images in two orders, of which the faster is to be measured. */
  readonly formats?: boolean;
  /** The process that prints one measurement. */
  readonly measure: (request: PeerRequest) => ProcessSpec;
}

const script = (name: string) => join(projectFolder, "benchmarks", "speed", "peers", name);

/** Numerical libraries read their threads from the environment before a script can set them. */
function threadVariables(threads: number): Record<string, string> {
  return { OMP_NUM_THREADS: String(threads), MKL_NUM_THREADS: String(threads) };
}

function stepsOf({ peerSteps, warmUp, steps }: SpeedCase): { warmUp: number; steps: number } {
  return peerSteps ?? { warmUp, steps };
}

/** All peers. @param python The Python interpreter that has PyTorch. */
export function listPeers(python: string): Peer[] {
  const tensorFlow = [
    "run",
    "--no-prompt",
    "--quiet",
    "--no-check",
    "--no-config",
    "--no-lock",
    "--node-modules-dir=none",
    "--cached-only",
    "--allow-read",
    "--allow-env",
    "--allow-sys",
    script("tensorflow_js_step.ts"),
  ];
  return [
    {
      name: "pytorch",
      title: "PyTorch",
      probe: { program: python, args: [script("pytorch_step.py"), "--probe"] },
      advice: "pip install torch torchvision, and name that interpreter with --python",
      formats: true,
      measure: ({ speedCase, threads, file, channelsLast }) => ({
        program: python,
        args: [
          script("pytorch_step.py"),
          JSON.stringify({
            kind: speedCase.kind,
            model: speedCase.model,
            file,
            threads,
            replicas: speedCase.replicas ?? 1,
            channelsLast: channelsLast ?? false,
            ...stepsOf(speedCase),
          }),
        ],
        environment: threadVariables(threads),
      }),
    },
    {
      name: "pytorch-epoch",
      title: "PyTorch, live teacher",
      probe: { program: python, args: [script("pytorch_epoch.py"), "--probe"] },
      advice: "pip install torch torchvision pillow, and name that interpreter with --python",
      formats: true,
      measure: ({ speedCase, threads, file, channelsLast }) => ({
        program: python,
        args: [
          script("pytorch_epoch.py"),
          JSON.stringify({
            model: speedCase.model,
            folder: file,
            imageSize: speedCase.imageSize,
            batchSize: speedCase.batchSize,
            threads,
            channelsLast: channelsLast ?? false,
            ...stepsOf(speedCase),
          }),
        ],
        environment: threadVariables(threads),
      }),
    },
    {
      name: "torchvision-pipeline",
      title: "torchvision + PIL",
      probe: { program: python, args: [script("torchvision_pipeline.py"), "--probe"] },
      advice: "pip install torch torchvision pillow, and name that interpreter with --python",
      measure: ({ speedCase, threads, file }) => ({
        program: python,
        args: [
          script("torchvision_pipeline.py"),
          JSON.stringify({
            folder: file,
            imageSize: speedCase.imageSize,
            batchSize: speedCase.batchSize,
            threads,
            ...stepsOf(speedCase),
          }),
        ],
        environment: threadVariables(1),
      }),
    },
    {
      name: "torchvision-detector",
      title: "torchvision's Mask R-CNN",
      probe: { program: python, args: [script("torchvision_detector_step.py"), "--probe"] },
      advice: "pip install torch torchvision, and name that interpreter with --python",
      formats: true,
      measure: ({ speedCase, threads, file, channelsLast }) => ({
        program: python,
        args: [
          script("torchvision_detector_step.py"),
          JSON.stringify({
            file,
            threads,
            channelsLast: channelsLast ?? false,
            ...stepsOf(speedCase),
          }),
        ],
        environment: threadVariables(threads),
      }),
    },
    {
      name: "pytorch-segmenter",
      title: "PyTorch with segmentation_models.pytorch",
      probe: { program: python, args: [script("smp_segmenter_step.py"), "--probe"] },
      advice: "pip install torch torchvision segmentation-models-pytorch, and name that " +
        "interpreter with --python",
      formats: true,
      measure: ({ speedCase, threads, file, channelsLast }) => ({
        program: python,
        args: [
          script("smp_segmenter_step.py"),
          JSON.stringify({
            file,
            threads,
            channelsLast: channelsLast ?? false,
            ...stepsOf(speedCase),
          }),
        ],
        environment: threadVariables(threads),
      }),
    },
    {
      name: "tensorflow-js",
      title: "TensorFlow.js",
      probe: { program: Deno.execPath(), args: [...tensorFlow, "--probe"] },
      advice:
        "deno cache --no-config --no-lock --node-modules-dir=none npm:@tensorflow/tfjs@4.22.0 " +
        "npm:@tensorflow/tfjs-backend-wasm@4.22.0",
      measure: ({ speedCase, threads, file }) => ({
        program: Deno.execPath(),
        args: [...tensorFlow, JSON.stringify({ file, threads, ...stepsOf(speedCase) })],
      }),
    },
  ];
}

const versionsSchema = z.record(z.string(), z.string());

/** Versions of a peer, or the reason why it cannot be measured. */
export async function probePeer(
  peer: Peer,
  signal?: AbortSignal,
): Promise<{ versions: Record<string, string> } | { missing: string }> {
  try {
    const versions = await runProcess(peer.probe, versionsSchema, {
      source: peer.title,
      ...(signal ? { signal } : {}),
    });
    return { versions };
  } catch (error) {
    signal?.throwIfAborted();
    // Only the last line of a trace says what is missing.
    const reason = (error as Error).message.trim().split("\n").at(-1)!;
    return { missing: `not installed (${reason}). To compare: ${peer.advice}` };
  }
}
