/**
 * Whom we are measured beside, and how each is started.
 *
 * @module
 */

import { join } from "node:path";
import { z } from "zod";
import { foreignAllocatorVariables } from "../../core/engine/allocator_variables.ts";
import { readVariable } from "../../core/environment_variables.ts";
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

/**
 * Numerical libraries read their threads from the environment before a script can set them; the allocator is
 * that of their users.
 */
function peerVariables(threads: number): Record<string, string> {
  return {
    OMP_NUM_THREADS: String(threads),
    MKL_NUM_THREADS: String(threads),
    ...foreignAllocatorVariables(readVariable("GLIBC_TUNABLES")),
  };
}

function stepsOf({ peerSteps, warmUp, steps }: SpeedCase): { warmUp: number; steps: number } {
  return peerSteps ?? { warmUp, steps };
}

/** What a peer that is a Python script differs in from the others. */
interface PythonPeerOptions extends Pick<Peer, "name" | "title" | "formats"> {
  /** Name of the script. */
  readonly file: string;
  /** What has to be installed for it. */
  readonly packages: string;
  /** Threads that numerical libraries may start. @default {those that are measured} */
  readonly libraryThreads?: number;
  /** What it is asked besides threads, steps and order of channels. */
  readonly request: (request: PeerRequest) => Record<string, unknown>;
}

/** A peer that is a Python script. */
function pythonPeer(
  python: string,
  { file, packages, libraryThreads, request, ...peer }: PythonPeerOptions,
): Peer {
  return {
    ...peer,
    probe: { program: python, args: [script(file), "--probe"] },
    advice: `pip install ${packages}, and name that interpreter with --python`,
    measure: (asked) => ({
      program: python,
      args: [
        script(file),
        JSON.stringify({
          ...request(asked),
          threads: asked.threads,
          ...(peer.formats ? { channelsLast: asked.channelsLast ?? false } : {}),
          ...stepsOf(asked.speedCase),
        }),
      ],
      environment: peerVariables(libraryThreads ?? asked.threads),
    }),
  };
}

/** A folder of photographs, and what is made of them. */
function folderOf({ imageSize, batchSize }: SpeedCase, folder: string): Record<string, unknown> {
  return { folder, imageSize, batchSize };
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
    pythonPeer(python, {
      name: "pytorch",
      title: "PyTorch",
      file: "pytorch_step.py",
      packages: "torch torchvision",
      formats: true,
      request: ({ speedCase, file }) => ({
        kind: speedCase.kind,
        model: speedCase.model,
        file,
        replicas: speedCase.replicas ?? 1,
      }),
    }),
    pythonPeer(python, {
      name: "pytorch-epoch",
      title: "PyTorch, live teacher",
      file: "pytorch_epoch.py",
      packages: "torch torchvision pillow",
      formats: true,
      request: ({ speedCase, file }) => ({ model: speedCase.model, ...folderOf(speedCase, file) }),
    }),
    pythonPeer(python, {
      name: "torchvision-pipeline",
      title: "torchvision + PIL",
      file: "torchvision_pipeline.py",
      packages: "torch torchvision pillow",
      // Its Workers are processes of one thread.
      libraryThreads: 1,
      request: ({ speedCase, file }) => folderOf(speedCase, file),
    }),
    pythonPeer(python, {
      name: "torchvision-detector",
      title: "torchvision's Mask R-CNN",
      file: "torchvision_detector_step.py",
      packages: "torch torchvision",
      formats: true,
      request: ({ file }) => ({ file }),
    }),
    pythonPeer(python, {
      name: "pytorch-segmenter",
      title: "PyTorch with segmentation_models.pytorch",
      file: "smp_segmenter_step.py",
      packages: "torch torchvision segmentation-models-pytorch",
      formats: true,
      request: ({ file }) => ({ file }),
    }),
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
