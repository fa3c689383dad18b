/**
 * Measures the algorithms of operations that have several, and keeps the fastest.
 *
 * @module
 */

import { gradients } from "../../autodiff/gradients.ts";
import { channelBlock } from "../../engine/channel_block.ts";
import { floatTensor, type HostTensor, Session } from "../../engine/session.ts";
import { mul, reduceSum, reshape } from "../../onnx/build.ts";
import {
  type AlgorithmRequest,
  type ChosenAlgorithm,
  Graph,
  sizeOf,
  type Value,
} from "../../onnx/graph.ts";
import type { ChooseAlgorithm } from "../../onnx/algorithm.ts";
import { simplify } from "../../onnx/passes/simplify.ts";
import { RandomStream } from "../../random.ts";

/** What was measured of one question. */
export interface MeasuredAlgorithms {
  readonly chosen: string;
  /** Least time of each algorithm, milliseconds. */
  readonly milliseconds: Readonly<Record<string, number>>;
}

/** Algorithms by key. */
export type AlgorithmTable = Readonly<Record<string, string>>;

/** An algorithm takes the place of the rule's own only where it saves this share of the time. */
const leastGain = 0.05;
/** Runs of every algorithm; the quickest counts, since noise only adds. */
const rounds = 5;
/** A round of one algorithm repeats short runs up to this time, in milliseconds. */
const roundMilliseconds = 8;

/** A chooser that follows a table and leaves the rest to the rules. */
export function followTable(table: AlgorithmTable): ChooseAlgorithm {
  return ({ key }) => Object.hasOwn(table, key) ? table[key] : undefined;
}

/** The same, but an algorithm that is not offered, from another version, is left to the rules too. */
function followWhereOffered(table: AlgorithmTable): ChooseAlgorithm {
  return ({ key, candidates }) =>
    Object.hasOwn(table, key) && candidates.includes(table[key]!) ? table[key] : undefined;
}

/** One number of each value, so that nothing long is copied out of the runtime. */
function outputFirst(graph: Graph, values: readonly Value[]): void {
  values.forEach((value, index) => {
    const flat = reshape(graph, value, [sizeOf(value.shape)]);
    const first = { starts: [0], ends: [1], axes: [0], steps: [1] };
    graph.output(`first of ${index}`, graph.node("Slice", [flat], first));
  });
}

/** The graph of one algorithm: the operation, and its gradients where the algorithm decides them. */
async function probeGraph(
  request: AlgorithmRequest,
  algorithm: string,
  table: AlgorithmTable,
): Promise<Graph> {
  const { inputs, build, differentiate } = request.probe;
  const graph = new Graph(`${request.key} by ${algorithm}`, {
    chooseAlgorithm: (other) =>
      other.key === request.key ? algorithm : followWhereOffered(table)(other),
    channelBlock: await channelBlock(),
  });
  const values = inputs.map((shape, index) => graph.input(`input ${index}`, "float32", shape));
  const y = build(graph, values);
  if (!differentiate) {
    outputFirst(graph, [y]);
    return simplify(graph);
  }
  const dy = graph.input("dy", "float32", y.shape);
  const axes = y.shape.map((_, axis) => axis);
  const loss = reshape(graph, reduceSum(graph, mul(graph, y, dy), axes), []);
  outputFirst(graph, [y, ...gradients(graph, loss, values)]);
  return simplify(graph);
}

function randomFeeds(graph: Graph): Record<string, HostTensor> {
  const random = new RandomStream(0, "tuning");
  return Object.fromEntries(graph.inputs.map(({ name, shape }) => {
    const data = Float32Array.from({ length: sizeOf(shape) }, () => random.uniform(-1, 1));
    return [name, floatTensor(data, shape)];
  }));
}

/** Measures every algorithm of a question, in turns. */
async function measureAlgorithms(
  request: AlgorithmRequest,
  { table, threads }: { table: AlgorithmTable; threads: number },
): Promise<MeasuredAlgorithms> {
  const algorithms: { algorithm: string; session: Session; least: number }[] = [];
  let feeds: Record<string, HostTensor> | undefined;
  try {
    for (const algorithm of request.candidates) {
      const graph = await probeGraph(request, algorithm, table);
      feeds ??= randomFeeds(graph);
      algorithms.push({
        algorithm,
        session: await Session.create(graph, { threads }),
        least: Infinity,
      });
    }
    for (let round = 0; round <= rounds; round++) {
      for (const candidate of algorithms) {
        const begun = performance.now();
        do {
          const started = performance.now();
          await candidate.session.run(feeds!);
          // The first round takes memory from the system.
          if (round > 0) {
            candidate.least = Math.min(candidate.least, performance.now() - started);
          }
        } while (performance.now() - begun < roundMilliseconds);
      }
    }
  } finally {
    for (const { session } of algorithms) await session.release();
  }
  const [own, ...others] = algorithms as [typeof algorithms[number], ...typeof algorithms];
  const best = others.reduce(
    (best, algorithm) => algorithm.least < best.least ? algorithm : best,
    own,
  );
  const chosen = best.least < own.least * (1 - leastGain) ? best : own;
  return {
    chosen: chosen.algorithm,
    milliseconds: Object.fromEntries(algorithms.map(({ algorithm, least }) => [algorithm, least])),
  };
}

/** What a tuning found. */
export interface AutotuneResult {
  /** The algorithm of every question with several, measured now or known before. */
  readonly table: AlgorithmTable;
  /** What was measured now, by key. */
  readonly measured: Readonly<Record<string, MeasuredAlgorithms>>;
}

/**
 * Measures the algorithms of every operation of a graph, those first that others follow from: what the
 * gradient is asked depends on the algorithm of the forward pass.
 *
 * @param build Builds the graph with a chooser and gives the algorithms that were taken.
 * @param options.known Algorithms that are not measured again, as far as they are offered.
 */
export async function autotune(
  build: (chooseAlgorithm: ChooseAlgorithm) => ReadonlyMap<string, ChosenAlgorithm>,
  { known, threads, onProgress }: {
    known: AlgorithmTable;
    threads: number;
    onProgress?: (done: number, total: number) => void;
  },
): Promise<AutotuneResult> {
  let candidates: AlgorithmTable = { ...known };
  const measured: Record<string, MeasuredAlgorithms> = {};
  for (;;) {
    const follow = followWhereOffered(candidates);
    const taken = build(follow);
    const open = [...taken.values()].filter(({ request }) =>
      request.candidates.length > 1 && follow(request) === undefined
    );
    // Forward passes first: their gradients ask again after them.
    const forward = open.filter(({ request }) => request.probe.differentiate);
    const next = forward.length > 0 ? forward : open;
    if (next.length === 0) {
      const used = [...taken.values()].filter(({ request }) => request.candidates.length > 1);
      return {
        table: Object.fromEntries(used.map(({ request, chosen }) => [request.key, chosen])),
        measured,
      };
    }
    for (const [index, { request }] of next.entries()) {
      onProgress?.(index, next.length);
      measured[request.key] = await measureAlgorithms(request, { table: candidates, threads });
      candidates = { ...candidates, [request.key]: measured[request.key]!.chosen };
    }
  }
}
