/**
 * Exports a student as ONNX and safetensors with a few lines, and runs the ONNX file.
 *
 *     deno run -A examples/library_export.ts runs/library/student.safetensors
 *
 * @module
 */

import { exportStudent } from "@lgd-bench/lgd-bench";
import { floatTensor, ModelFile } from "@lgd-bench/lgd-bench/engine";

const [checkpoint = "runs/library/student.safetensors"] = Deno.args;
const { onnx, largestDifference } = await exportStudent({ checkpoint });
const model = await ModelFile.open(await Deno.readFile(onnx), { source: onnx });
const images = floatTensor(new Float32Array(2 * 3 * 32 * 32).fill(0.5), [2, 3, 32, 32]);
const { features } = await model.run({ images });
console.log(`${onnx}: features ${features!.shape.join("×")}, difference ${largestDifference}`);
