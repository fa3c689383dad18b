/**
 * ONNX files run as they are: exported students, teachers that a user brings.
 *
 * @module
 */

import { dirname } from "node:path";
import * as ort from "onnxruntime-node";
import { DataError, EngineError } from "../errors.ts";
import { readFileIfPresent, sha256 } from "../files.ts";
import { checkModelChecksum } from "../onnx/model_checksum.ts";
import { type ModelOutline, readModelOutline } from "../onnx/model_outline.ts";
import type { DataType } from "../onnx/op.ts";
import { hashExternalData, inlineExternalData } from "./external_data.ts";
import type { HostData, HostTensor } from "./session.ts";

/** An input or output as the file declares it. */
export interface ModelPort {
  readonly name: string;
  /** Element type, e.g. `"float32"`; undefined where it is not a tensor. */
  readonly dtype: string | undefined;
  /** Lengths of the axes; a text names an axis of any length. */
  readonly shape: readonly (number | string)[];
}

/** How an ONNX file is loaded. */
export interface ModelFileOptions {
  /** Threads inside one operator. @default {1} */
  readonly threads?: number;
}

/** Largest fixed axis of an input, and most elements of an input by its fixed axes. */
const mostLength = 2 ** 20, mostElements = 2 ** 28;

/** @throws {DataError} for inputs that no memory holds, before any is taken. */
function assertInputSizes({ inputs }: ModelOutline, source: string): void {
  for (const { name, shape } of inputs) {
    const elements = shape.reduce((product: number, length) => product * (length ?? 1), 1);
    if (elements <= mostElements && shape.every((length) => (length ?? 1) <= mostLength)) continue;
    const text = shape.map((length) => length ?? "any").join(", ");
    throw new DataError(
      `Cannot load ${source}: its input "${name}" is [${text}], expected at most ${mostLength} on an ` +
        `axis and ${mostElements} numbers in all. Export it with a smaller or a free batch`,
    );
  }
}

/** An ONNX file that is loaded. Release it when it is no longer needed. */
export class ModelFile {
  readonly #session: ort.InferenceSession;
  readonly #source: string;
  /** What the file says of itself: free metadata. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Whether the file has a checksum of its own, and it is right; files from elsewhere have none. */
  readonly isVerified: boolean;
  /** SHA-256 of the file, and of every file beside it that holds weights of its. */
  readonly sha256: string;

  private constructor(
    session: ort.InferenceSession,
    { source, metadata, isVerified, sha256 }: {
      source: string;
      metadata: Readonly<Record<string, string>>;
      isVerified: boolean;
      sha256: string;
    },
  ) {
    this.#session = session;
    this.#source = source;
    this.metadata = metadata;
    this.isVerified = isVerified;
    this.sha256 = sha256;
  }

  /**
   * Loads the bytes of an ONNX file that holds all of its weights.
   *
   * @param options.source The file's path, for messages.
   * @throws {DataError} when the file is damaged, keeps weights in other files, or ONNX Runtime refuses
   * it.
   */
  static async open(
    bytes: Uint8Array,
    { source, threads = 1 }: ModelFileOptions & { source: string },
  ): Promise<ModelFile> {
    const outline = readModelOutline(bytes, source);
    if (outline.externalData.length > 0) {
      throw new DataError(
        `Cannot load ${source}: it keeps weights in ${
          outline.externalData.slice(0, 3).join(", ")
        }, ` +
          "which only a file that is loaded by its path may do",
      );
    }
    const isVerified = checkModelChecksum(bytes, outline, source);
    return await ModelFile.#load(bytes, outline, { source, threads, isVerified });
  }

  /**
   * Loads an ONNX file by its path, with the files in its folder that hold its weights.
   *
   * @throws {DataError} when it is missing or damaged, names files outside its folder, or ONNX Runtime
   * refuses it.
   */
  static async read(path: string, { threads = 1 }: ModelFileOptions = {}): Promise<ModelFile> {
    const bytes = await readFileIfPresent(path);
    if (bytes === undefined) throw new DataError(`Cannot load ${path}: there is no such file`);
    const outline = readModelOutline(bytes, path);
    const external = await hashExternalData(path, outline.externalData);
    const isVerified = checkModelChecksum(bytes, outline, path);
    if (external.length === 0) {
      return await ModelFile.#load(bytes, outline, { source: path, threads, isVerified });
    }
    const model = inlineExternalData(path, bytes);
    return await ModelFile.#load(model, readModelOutline(model, path), {
      source: path,
      threads,
      isVerified,
      folder: await Deno.realPath(dirname(path)),
      hash: sha256(bytes, ...external),
    });
  }

  static async #load(
    bytes: Uint8Array,
    outline: ModelOutline,
    { source, threads, isVerified, folder, hash = sha256(bytes) }: {
      source: string;
      threads: number;
      isVerified: boolean;
      /** Where files with weights lie. */
      folder?: string;
      /** Default: of the bytes. */
      hash?: string;
    },
  ): Promise<ModelFile> {
    assertInputSizes(outline, source);
    const options: ort.InferenceSession.SessionOptions = {
      executionProviders: ["cpu"],
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      executionMode: "sequential",
      graphOptimizationLevel: "extended",
      logSeverityLevel: 4,
      extra: {
        session: {
          intra_op: { allow_spinning: "0" },
          ...(folder === undefined ? {} : { model_external_initializers_file_folder_path: folder }),
        },
      },
    };
    try {
      const session = await ort.InferenceSession.create(bytes, options);
      return new ModelFile(session, {
        source,
        metadata: outline.metadata,
        isVerified,
        sha256: hash,
      });
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
