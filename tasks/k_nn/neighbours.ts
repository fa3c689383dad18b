/**
 * The k nearest rows by cosine, and what they vote for.
 *
 * @module
 */

import { floatTensor, Session } from "../../core/engine/session.ts";
import { fusedMatMul } from "../../core/onnx/build.ts";
import { Graph } from "../../core/onnx/graph.ts";
import { argMax } from "../classification.ts";
import type { NearestNeighboursSettings } from "./settings.ts";

/** Rows of each side that are multiplied at once: 16 MB of cosines. */
const queryBlock = 256, trainBlock = 16_384;

/** Rows of unit length; a row of zeros stays one, and has cosine 0 with everything. */
export function unitRows(rows: Float32Array, width: number): Float32Array {
  const units = new Float32Array(rows.length);
  for (let start = 0; start < rows.length; start += width) {
    let squares = 0;
    for (let column = 0; column < width; column++) squares += rows[start + column]! ** 2;
    const scale = squares > 0 ? 1 / Math.sqrt(squares) : 0;
    for (let column = 0; column < width; column++) {
      units[start + column] = rows[start + column]! * scale;
    }
  }
  return units;
}

/** Neighbours of some queries, best first; of equal cosines the earlier row. */
export interface Neighbours {
  /** Neighbours of each query: k, or fewer where there are fewer rows. */
  readonly k: number;
  /** Rows, [queries, k]. */
  readonly rows: Uint32Array;
  /** Their cosines, [queries, k]. */
  readonly cosines: Float32Array;
}

/** Puts a row into a sorted list of at most k, of which `size` are there, dropping the last. */
function insert(
  { k, rows, cosines }: Neighbours,
  start: number,
  size: number,
  row: number,
  cosine: number,
): void {
  let place = start + Math.min(size, k - 1);
  while (place > start && cosines[place - 1]! < cosine) {
    cosines[place] = cosines[place - 1]!;
    rows[place] = rows[place - 1]!;
    place--;
  }
  cosines[place] = cosine;
  rows[place] = row;
}

function blockGraph(queries: number, rows: number, width: number): Graph {
  const graph = new Graph("cosines");
  const query = graph.input("query", "float32", [queries, width]);
  const train = graph.input("train", "float32", [rows, width]);
  graph.output("cosines", fusedMatMul(graph, query, train, { transB: true }));
  return graph;
}

/** Rows of a block, filled up with zeros to its size. */
function blockOf(units: Float32Array, width: number, first: number, size: number): Float32Array {
  const block = new Float32Array(size * width);
  block.set(units.subarray(first * width, (first + size) * width));
  return block;
}

/**
 * The k rows of `train` with the largest cosine with each row of `queries`.
 *
 * @param train Unit rows, [n, width].
 * @param queries Unit rows, [m, width].
 * @param options.onProgress Told how many queries are done.
 */
export async function findNeighbours(
  train: Float32Array,
  queries: Float32Array,
  { width, k: neighbours, threads, onProgress }: {
    width: number;
    k: number;
    threads: number;
    onProgress?: (done: number, total: number) => void;
  },
): Promise<Neighbours> {
  const trainCount = train.length / width, count = queries.length / width;
  const k = Math.min(neighbours, trainCount);
  const found: Neighbours = {
    k,
    rows: new Uint32Array(count * k),
    cosines: new Float32Array(count * k).fill(-Infinity),
  };
  const queryCount = Math.min(queryBlock, count), rowCount = Math.min(trainBlock, trainCount);
  const session = await Session.create(blockGraph(queryCount, rowCount, width), { threads });
  try {
    for (let first = 0; first < count; first += queryCount) {
      const query = floatTensor(blockOf(queries, width, first, queryCount), [queryCount, width]);
      const inBlock = Math.min(queryCount, count - first);
      for (let start = 0; start < trainCount; start += rowCount) {
        const block = floatTensor(blockOf(train, width, start, rowCount), [rowCount, width]);
        const { cosines } = await session.run({ query, train: block });
        const values = cosines!.data as Float32Array;
        const inRows = Math.min(rowCount, trainCount - start);
        for (let index = 0; index < inBlock; index++) {
          const list = (first + index) * k;
          for (let row = 0; row < inRows; row++) {
            const cosine = values[index * rowCount + row]!;
            const size = Math.min(k, start + row);
            // Strictly greater: of equal ones the earlier stays.
            if (size < k || cosine > found.cosines[list + k - 1]!) {
              insert(found, list, size, start + row, cosine);
            }
          }
        }
      }
      onProgress?.(first + inBlock, count);
    }
  } finally {
    await session.release();
  }
  return found;
}

/**
 * The class that the neighbours of a query vote for; of equal votes the class with the lowest index,
 * as scikit-learn.
 *
 * @param labels Class of each training row.
 */
export function vote(
  { k, rows, cosines }: Neighbours,
  query: number,
  { labels, classes, weighted, temperature }:
    & { labels: ArrayLike<number>; classes: number }
    & Pick<NearestNeighboursSettings, "weighted" | "temperature">,
): number {
  const votes = new Float64Array(classes);
  // Relative to the nearest: exp(1 / τ) of a small τ is beyond all numbers.
  const nearest = cosines[query * k]!;
  for (let place = query * k; place < (query + 1) * k; place++) {
    const label = labels[rows[place]!]!;
    votes[label]! += weighted ? Math.exp((cosines[place]! - nearest) / temperature) : 1;
  }
  return argMax(votes, 0, classes);
}
