/**
 * ONNX files run as they are: exported students, teachers that a user brings.
 *
 * @module
 */

import * as ort from "onnxruntime-node";
import { DataError, EngineError } from "../errors.ts";
import type { DataType } from "../onnx/op.ts";
import type { HostData, HostTensor } from "./session.ts";

/** An input or output as the file declares it. */
export interface ModelPort {
  readonly name: string;
  /** Element type, e.g. `"float32"`; undefined where it is not a tensor. */
  readonly dtype: string | undefined;
  /** Lengths of the axes; a text names an axis of any length. */
  readonly shape: readonly (number | string)[];
}

/** An ONNX file that is loaded. Release it when it is no longer needed. */
export class ModelFile {
  readonly #session: ort.InferenceSession;
  readonly #source: string;

  private constructor(session: ort.InferenceSession, source: string) {
    this.#session = session;
    this.#source = source;
  }

  /**
   * Loads the bytes of an ONNX file.
   *
   * @param options.source The file's path, for messages.
   * @param options.threads Threads inside one operator. @default {1}
   * @throws {DataError} when ONNX Runtime refuses the file.
   */
  static async open(
    bytes: Uint8Array,
    { source, threads = 1 }: { source: string; threads?: number },
  ): Promise<ModelFile> {
    try {
      const session = await ort.InferenceSession.create(bytes, {
        executionProviders: ["cpu"],
        intraOpNumThreads: threads,
        interOpNumThreads: 1,
        executionMode: "sequential",
        graphOptimizationLevel: "extended",
        logSeverityLevel: 4,
        extra: { session: { intra_op: { allow_spinning: "0" } } },
      });
      return new ModelFile(session, source);
    } catch (error) {
      throw new DataError(
        `Cannot load ${source} as ONNX: ${(error as Error).message} ` +
          "If it is damaged or cut off, copy or export it again",
        { cause: error },
      );
    }
  }

  /** Inputs that the file declares. */
  get inputs(): readonly ModelPort[] {
    return this.#session.inputMetadata.map(toPort);
  }

  /** Outputs that the file declares. */
  get outputs(): readonly ModelPort[] {
    return this.#session.outputMetadata.map(toPort);
  }

  /**
   * Runs the model once.
   *
   * @throws {EngineError} when a feed does not fit or an operator fails.
   */
  async run(feeds: Readonly<Record<string, HostTensor>>): Promise<Record<string, HostTensor>> {
    try {
      const results = await this.#session.run(
        Object.fromEntries(
          Object.entries(feeds).map(([name, { dtype, shape, data }]) => [
            name,
            new ort.Tensor(dtype, data as never, [...shape]),
          ]),
        ),
      );
      return Object.fromEntries(
        Object.entries(results).map(([name, value]) => {
          const { type, dims, data } = value as ort.Tensor;
          return [name, { dtype: type as DataType, shape: dims, data: data as HostData }];
        }),
      );
    } catch (error) {
      throw new EngineError(`Cannot run ${this.#source}: ${(error as Error).message}`, {
        cause: error,
      });
    }
  }

  /** Frees the session's memory. */
  async release(): Promise<void> {
    await this.#session.release();
  }
}

function toPort(metadata: ort.InferenceSession.ValueMetadata): ModelPort {
  return metadata.isTensor
    ? { name: metadata.name, dtype: metadata.type, shape: metadata.shape }
    : { name: metadata.name, dtype: undefined, shape: [] };
}
