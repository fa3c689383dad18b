/**
 * Asks the machine for the block of the runtime's blocked layout.
 *
 * @module
 */

import { EngineError } from "../errors.ts";
import { Graph } from "../onnx/graph.ts";
import { floatTensor, Session } from "./session.ts";

/** A channel number for each channel: more than any machine's block. */
const channels = 64;

async function askRuntime(): Promise<number | undefined> {
  const graph = new Graph("block of channels");
  const x = graph.input("x", "float32", [1, channels, 1, 2]);
  graph.output("blocked", graph.node("ReorderInput", [x], {}));
  let session: Session;
  try {
    session = await Session.create(graph);
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    return undefined; // This machine's kernels have no such layout.
  }
  try {
    const numbers = Float32Array.from(
      { length: 2 * channels },
      (_, index) => Math.floor(index / 2),
    );
    const { blocked } = await session.run({ x: floatTensor(numbers, x.shape) });
    // The first pixel's channels stand side by side as long as the block goes on.
    const data = blocked!.data as Float32Array;
    let length = 1;
    while (length < channels && data[length] === length) length++;
    return length > 1 ? length : undefined;
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    return undefined;
  } finally {
    await session.release();
  }
}

let answer: Promise<number | undefined> | undefined;

/**
 * Channels in a block of ONNX Runtime's blocked layout on this machine (16 with AVX-512, 8 with AVX2);
 * undefined where its kernels have none.
 */
export function channelBlock(): Promise<number | undefined> {
  return answer ??= askRuntime();
}
