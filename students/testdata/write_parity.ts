/**
 * Writes loss, gradients and running statistics of the compared step for each layout of some
 * students: `deno run -A write_parity.ts PREFIX STUDENT…`; `make_pytorch_parity.py --compare PREFIX
 * STUDENT…` reads them.
 *
 * @module
 */

import { writeSafetensors } from "../../core/nn/safetensors.ts";
import { students } from "../registry.ts";
import { parityStep } from "./parity_step.ts";

const [prefix, ...names] = Deno.args;
for (const name of names) {
  const student = students.get(name);
  for (const layout of ["nchw", "chwn"] as const) {
    const { loss, gradients, buffers } = await parityStep(student, layout);
    const tensors = new Map([
      ...gradients,
      ...buffers,
      ["loss", { shape: [], data: Float32Array.of(loss) }] as const,
    ]);
    await Deno.writeFile(
      `${prefix}-${student.name}-${layout}.safetensors`,
      writeSafetensors(tensors),
    );
  }
}
