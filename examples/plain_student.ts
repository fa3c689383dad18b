/**
 * A student as a plug-in: four convolutions with stride 2, BatchNorm and ReLU.
 *
 *     deno task distill --plugin examples/plain_student.ts --student plain --out runs/plain
 *
 * @module
 */

import { batchNorm2d, conv2d, globalAveragePool } from "@lgd-bench/lgd-bench/nn";
import { relu, type Value } from "@lgd-bench/lgd-bench/onnx";
import { assertImageSize, clipNormalization, type Student } from "@lgd-bench/lgd-bench/students";

const plain: Student = {
  name: "plain",
  headName: "fc",
  headDropout: 0,
  preprocess: clipNormalization,
  build(context, images, { imageSize, widthMultiplier = 1 }) {
    assertImageSize("plain", imageSize, 16);
    let x = images;
    const maps = [64, 128, 256, 512].map((channels, stage) => {
      const outChannels = Math.max(1, Math.round(channels * widthMultiplier));
      const options = { outChannels, kernel: 3, stride: 2, padding: 1 };
      x = conv2d(context, `stage${stage + 1}.conv`, x, options);
      x = relu(context.graph, batchNorm2d(context, `stage${stage + 1}.bn`, x));
      return x;
    });
    const [c2, c3, c4, c5] = maps as [Value, Value, Value, Value];
    return { c2, c3, c4, c5, pooled: globalAveragePool(context, c5) };
  },
};

/** The plug-in. */
export default { student: plain };
