/**
 * Writes the models that `check_models.py` checks, what they are fed and what ONNX Runtime makes of
 * it: `deno run -A write_models.ts FOLDER`.
 *
 * @module
 */

import { join } from "node:path";
import { type HostTensor, Session } from "../../engine/session.ts";
import { sha256 } from "../../files.ts";
import { exampleModels } from "./models.ts";

function plain({ dtype, shape, data }: HostTensor) {
  return { dtype, shape, data: Array.from<number | bigint>(data as Float32Array).map(Number) };
}

function plainAll(tensors: Readonly<Record<string, HostTensor>>) {
  return Object.fromEntries(Object.entries(tensors).map(([name, value]) => [name, plain(value)]));
}

const folder = Deno.args[0]!;
const index: unknown[] = [];
for (const [number, { op, graph, bytes, feeds }] of exampleModels().entries()) {
  const file = `${number}.onnx`;
  await Deno.writeFile(join(folder, file), bytes);
  const session = await Session.create(graph);
  const outputs = await session.run(feeds);
  await session.release();
  const hash = sha256(bytes);
  index.push({ op, file, hash, feeds: plainAll(feeds), outputs: plainAll(outputs) });
}
await Deno.writeTextFile(join(folder, "index.json"), JSON.stringify(index));
