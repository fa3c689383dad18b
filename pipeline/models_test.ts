import assert from "node:assert/strict";
import { SampleList } from "../core/data/sample_list.ts";
import type { ViewSet } from "../core/data/views/view_set.ts";
import { DataError } from "../core/errors.ts";
import { traceModel } from "../core/nn/module_context.ts";
import { initializeFlat, namedParts } from "../core/nn/parameters.ts";
import { students } from "../students/registry.ts";
import { studentModel, teacherModel } from "./models.ts";
import { studentBackbone } from "./student_backbone.ts";

const imageSize = 32;

Deno.test("teacherModel keeps nothing of transient views", async () => {
  let batches = 0;
  const model = teacherModel({
    name: "counter",
    title: "Counter",
    imageSize,
    preprocess: { mean: [0, 0, 0], std: [1, 1, 1] },
    dimension: 2,
    hash: "counter",
    batchSize: 4,
    encodeImages: () => {
      batches++;
      return Promise.resolve(Float32Array.of(1, 0, 1, 0, 1, 0, 0, batches === 3 ? NaN : 1));
    },
    release: () => Promise.resolve(),
  });
  const views: ViewSet = {
    samples: SampleList.from([{ id: "a/1.png", label: 0 }, { id: "b/2.png", label: 1 }]),
    viewsPerSample: 2,
    imageSize,
    pixels: new Uint8Array(4 * 3 * imageSize ** 2),
    hash: "transient",
    skipped: [],
    isTransient: true,
  };
  assert.deepEqual([...await model.features(views)], [1, 0, 1, 0, 1, 0, 0, 1]);
  assert.deepEqual([...await model.embeddings!(views)], [1, 0, 1, 0, 1, 0, 0, 1]);
  assert.equal(batches, 2);
  await assert.rejects(
    model.features(views),
    /Teacher counter gives a non-finite embedding \(NaN\) for b\/2\.png/,
  );
});

Deno.test("studentModel names the image for which finite weights give a feature that is not", async () => {
  const backbone = studentBackbone(students.get("resnet18"), { imageSize, widthMultiplier: 0.125 });
  const spec = traceModel({ layout: "nchw", mode: "eval" }, (context) => {
    const shape = [1, 3, imageSize, imageSize];
    backbone.features(context, context.graph.input("images", "float32", shape));
  });
  const views = (hash: string): ViewSet => ({
    samples: SampleList.from([{ id: "a/1.png", label: 0 }, { id: "b/2.png", label: 1 }]),
    viewsPerSample: 2,
    imageSize,
    pixels: new Uint8Array(new SharedArrayBuffer(4 * 3 * imageSize ** 2)).fill(200),
    hash,
    skipped: [],
  });
  for (const factor of [1, 1e30]) {
    const weights = new Map([
      ...namedParts(initializeFlat(spec.parameters, 1), spec.parameters),
      ...namedParts(initializeFlat(spec.buffers, 1), spec.buffers),
    ]);
    for (const [name, { data }] of weights) {
      if (name.endsWith("conv1.weight")) data.forEach((value, at) => data[at] = value * factor);
    }
    const model = await studentModel({
      name: "mine",
      student: { name: "resnet18", widthMultiplier: 0.125, stem: "small" },
      backbone,
      weights,
      imageSize,
      teacher: null,
      threads: 1,
    });
    try {
      if (factor === 1) {
        assert.equal((await model.features(views("a"))).length, 4 * model.featureLength);
        continue;
      }
      await assert.rejects(
        model.features(views("b")),
        (error) =>
          error instanceof DataError &&
          /mine gives a non-finite features \((NaN|-?Infinity)\) for a\/1\.png/.test(error.message),
      );
    } finally {
      await model.release();
    }
  }
});
