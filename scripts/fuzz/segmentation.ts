/**
 * Parsers of what the segmentation task keeps, and of what is exported of it.
 *
 * @module
 */

import { ModelFile } from "../../core/engine/model_file.ts";
import { initializeFlat, namedParts } from "../../core/nn/parameters.ts";
import { exportedSegmenterOf } from "../../pipeline/exported_segmenter.ts";
import { decodeSegmenterFile, type SegmenterFile } from "../../pipeline/segmenter_file.ts";
import { studentBackbone } from "../../pipeline/student_backbone.ts";
import { encodeSegmenter } from "../../pipeline/export_segmenter.ts";
import { students } from "../../students/registry.ts";
import { segmenterSpecs } from "../../tasks/segmentation/segmenter_inference.ts";
import {
  encodeSegmenterFile,
  type SegmenterMetadata,
} from "../../tasks/segmentation/segmenter_metadata.ts";
import { segmenterSpecOf } from "../../tasks/segmentation/segmenter_options.ts";
import { segmentationSettings } from "../../tasks/segmentation/settings.ts";
import { mutateValue } from "./mutate.ts";
import type { FuzzParser } from "./parser.ts";

const size = { imageSize: 32, widthMultiplier: 0.05, stem: "small" as const };

/** A small segmenter. */
function sampleSegmenter() {
  const architecture = studentBackbone(students.get("mobilenet_v2"), size);
  const settings = segmentationSettings.parse({
    head: { name: "fcn" },
    images: { crop: { height: 16, width: 24 } },
  });
  const spec = segmenterSpecOf(architecture, settings, 2);
  const specs = segmenterSpecs(spec);
  const metadata: SegmenterMetadata = {
    student: "mobilenet_v2",
    ...size,
    settings,
    data: "emojiscapes-19",
    classNames: ["road", "sky"],
    seed: 0,
    steps: 10,
  };
  return { spec, weights: namedParts(initializeFlat(specs, 0), specs), metadata };
}

function parseSegmenter(bytes: Uint8Array) {
  const { sha256: _sha256, spec: _spec, ...rest } = decodeSegmenterFile(
    bytes,
    "segmenter.safetensors",
  );
  return rest;
}

const segmenter: FuzzParser = {
  name: "segmenter",
  isChecked: true,
  open() {
    const { weights, metadata } = sampleSegmenter();
    const bytes = encodeSegmenterFile(weights, metadata);
    const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
    return Promise.resolve({
      seeds: [{ name: "mobilenet_v2", bytes, header: [0, 8 + length] as const }],
      parse: parseSegmenter,
    });
  },
};

const resealedSegmenter: FuzzParser = {
  name: "segmenter/resealed",
  isChecked: false,
  open() {
    const { weights, metadata } = sampleSegmenter();
    return Promise.resolve({
      seeds: [{
        name: "values",
        bytes: encodeSegmenterFile(weights, metadata),
        rewrite(random) {
          const changed = structuredClone(metadata) as unknown as Record<string, unknown>;
          mutateValue(changed, random);
          return encodeSegmenterFile(weights, changed as unknown as SegmenterMetadata);
        },
      }],
      parse: parseSegmenter,
    });
  },
};

const exportedSegmenter: FuzzParser = {
  name: "segmenter/onnx",
  isChecked: true,
  async open() {
    const { spec, weights, metadata } = sampleSegmenter();
    const file: SegmenterFile = { ...metadata, path: "", sha256: "", spec, weights };
    const bytes = await encodeSegmenter(file, { height: 16, width: 24 });
    return {
      seeds: [{ name: "fcn", bytes }],
      async parse(changed) {
        const source = "segmenter.onnx";
        const model = await ModelFile.open(changed, { source });
        const exported = await exportedSegmenterOf(model, source);
        await exported.model.release();
        return { classNames: exported.classNames, size: exported.model.size };
      },
    };
  },
};

/** Parsers of what the segmentation task keeps, and of its exports. */
export const segmentationParsers: readonly FuzzParser[] = [
  segmenter,
  resealedSegmenter,
  exportedSegmenter,
];
