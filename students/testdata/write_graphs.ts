/**
 * Writes whole graphs for `check_graphs.py`: the training step of every student in both layouts, and
 * its exported file: `deno run -A write_graphs.ts FOLDER`.
 *
 * @module
 */

import { join } from "node:path";
import { channelBlock } from "../../core/engine/channel_block.ts";
import { encodeGraph } from "../../core/engine/session.ts";
import { buildDistillationStep } from "../../core/methods/distillation_step.ts";
import { buildStudentExport } from "../../core/methods/student_export.ts";
import { studentSpecs } from "../../core/methods/student_inference.ts";
import { initializeFlat, namedParts } from "../../core/nn/parameters.ts";
import { encodeModel } from "../../core/onnx/proto.ts";
import { sgd } from "../../core/optim/optimizer.ts";
import { students } from "../registry.ts";
import { backboneOf, parityMethod } from "./parity_step.ts";

const folder = Deno.args[0]!;
/** A batch of one block of channels, so that all algorithms that a machine has are there. */
const batchSize = await channelBlock() ?? 4;

for (const name of students.names()) {
  const student = students.get(name);
  for (const [imageSize, stem] of [[64, "standard"], [32, "small"]] as const) {
    const backbone = backboneOf(student, { imageSize, stem });
    for (const layout of ["nchw", "chwn"] as const) {
      const step = buildDistillationStep({
        name: `${name}, ${imageSize}, ${layout}`,
        batchSize,
        imageSize,
        backbone,
        method: parityMethod(),
        optimizer: sgd(),
        layout,
        channelBlock: await channelBlock(),
      });
      await Deno.writeFile(
        join(folder, `${name}-${imageSize}-${layout}.onnx`),
        encodeGraph(step.graph).model,
      );
    }
    const specs = studentSpecs({ imageSize, backbone });
    const weights = namedParts(initializeFlat(specs, 0), specs);
    const graph = buildStudentExport({ imageSize, backbone, weights });
    await Deno.writeFile(
      join(folder, `${name}-${imageSize}-export.onnx`),
      encodeModel(graph, { batchDimension: "batch" }),
    );
  }
}
