/**
 * Multinomial logistic regression with an L2 penalty on the weights, as scikit-learn's
 * `LogisticRegression(solver="lbfgs")`.
 *
 * @module
 */

import { floatTensor, type HostTensor, Session } from "../../core/engine/session.ts";
import { add, cast, fusedMatMul, mul, reduceSum, scale, sub } from "../../core/onnx/build.ts";
import { Graph } from "../../core/onnx/graph.ts";
import { type LbfgsOptions, type LbfgsResult, minimizeLbfgs } from "../../core/optim/lbfgs.ts";
import type { Probe, ProbeData } from "./train_probe.ts";

/** Most numbers of features that a run of the graph takes. */
const chunkNumbers = 2 ** 22;

/**
 * For rows X [n, d] with labels y and shares r of 0 or 1: Σ rᵢ·CEᵢ and its gradients, (P − Y)ᵀX and
 * the column sums of P − Y, with P = softmax(XWᵀ + b) and Y the one-hot labels.
 */
function buildGraph(rows: number, width: number, classes: number): Graph {
  const graph = new Graph("logistic regression");
  const x = graph.input("features", "float32", [rows, width]);
  const labels = graph.input("labels", "int64", [rows]);
  const shares = graph.input("shares", "float32", [rows, 1]);
  const weight = graph.input("weight", "float32", [classes, width]);
  const bias = graph.input("bias", "float32", [1, classes]);
  const logits = add(graph, fusedMatMul(graph, x, weight, { transB: true }), bias);
  const logProbabilities = graph.node("LogSoftmax", [logits], { axis: 1 });
  const oneHot = mul(
    graph,
    cast(graph, graph.node("OneHot", [labels], { depth: classes }), "float32"),
    shares,
  );
  const loss = scale(graph, reduceSum(graph, mul(graph, oneHot, logProbabilities), [1]), -1);
  const probabilities = mul(graph, graph.node("Softmax", [logits], { axis: 1 }), shares);
  const error = sub(graph, probabilities, oneHot);
  // A sum per row: the host adds them up in double precision.
  graph.output("loss", loss);
  graph.output("weight_gradient", fusedMatMul(graph, error, x, { transA: true }));
  graph.output("bias_gradient", reduceSum(graph, error, [0]));
  return graph;
}

/** Labelled features in a session that evaluates the loss and its gradient. */
export class LogisticRegression {
  readonly #session: Session;
  readonly #chunks: readonly Record<string, HostTensor>[];
  readonly #width: number;
  readonly #classes: number;
  readonly #rows: number;
  readonly #weight: Float32Array;
  readonly #bias: Float32Array;

  private constructor(
    session: Session,
    chunks: readonly Record<string, HostTensor>[],
    { width, classes, rows }: { width: number; classes: number; rows: number },
  ) {
    this.#session = session;
    this.#chunks = chunks;
    this.#width = width;
    this.#classes = classes;
    this.#rows = rows;
    this.#weight = new Float32Array(classes * width);
    this.#bias = new Float32Array(classes);
  }

  /** Copies the labelled rows and builds the session. */
  static async open(data: ProbeData, threads: number): Promise<LogisticRegression> {
    const { features, width, classes, labels, rows } = data;
    const size = Math.max(1, Math.min(rows.length, Math.floor(chunkNumbers / width)));
    const chunks: Record<string, HostTensor>[] = [];
    for (let first = 0; first < rows.length; first += size) {
      const x = new Float32Array(size * width);
      const y = new BigInt64Array(size), shares = new Float32Array(size);
      rows.subarray(first, first + size).forEach((view, row) => {
        x.set(features.subarray(view * width, (view + 1) * width), row * width);
        y[row] = BigInt(labels[view]!);
        shares[row] = 1;
      });
      chunks.push({
        features: floatTensor(x, [size, width]),
        labels: { dtype: "int64", shape: [size], data: y },
        shares: floatTensor(shares, [size, 1]),
      });
    }
    const session = await Session.create(buildGraph(size, width, classes), { threads });
    return new LogisticRegression(session, chunks, { width, classes, rows: rows.length });
  }

  /** Where a fit begins: all zero, [K·d + K], the biases last. */
  get zero(): Float64Array {
    return new Float64Array(this.#classes * (this.#width + 1));
  }

  /** 1/n · (Σ CE + 1/(2C) · ‖W‖²) and its gradient. */
  async #evaluate(x: Float64Array, gradient: Float64Array, inverse: number): Promise<number> {
    const weights = this.#weight.length, scaled = 1 / this.#rows;
    this.#weight.set(x.subarray(0, weights));
    this.#bias.set(x.subarray(weights));
    gradient.fill(0);
    let loss = 0;
    for (const chunk of this.#chunks) {
      const outputs = await this.#session.run({
        ...chunk,
        weight: floatTensor(this.#weight, [this.#classes, this.#width]),
        bias: floatTensor(this.#bias, [1, this.#classes]),
      });
      for (const value of outputs["loss"]!.data as Float32Array) loss += value;
      const parts = [outputs["weight_gradient"]!.data, outputs["bias_gradient"]!.data];
      let place = 0;
      for (const part of parts as Float32Array[]) {
        for (const value of part) gradient[place++]! += value * scaled;
      }
    }
    const penalty = scaled / inverse;
    let squares = 0;
    for (let place = 0; place < weights; place++) {
      squares += x[place]! ** 2;
      gradient[place]! += penalty * x[place]!;
    }
    return scaled * loss + penalty * squares / 2;
  }

  /**
   * Fits the layer: minimises Σ CE + 1/(2C) · ‖W‖², the bias without penalty.
   *
   * @param inverse C, the inverse of the penalty's strength.
   * @param start What it begins with, e.g. the fit of another strength. @default {zero}
   */
  async fit(
    inverse: number,
    start: Float64Array = this.zero,
    options: LbfgsOptions = {},
  ): Promise<LbfgsResult> {
    return await minimizeLbfgs(
      (x, gradient) => this.#evaluate(x, gradient, inverse),
      start,
      options,
    );
  }

  /** The numbers of a fit as a layer. */
  probeOf({ x }: Pick<LbfgsResult, "x">): Probe {
    const weights = this.#weight.length;
    return {
      weight: Float32Array.from(x.subarray(0, weights)),
      bias: Float32Array.from(x.subarray(weights)),
    };
  }

  /** Frees the session. */
  async release(): Promise<void> {
    await this.#session.release();
  }
}
