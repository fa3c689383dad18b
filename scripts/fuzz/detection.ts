/**
 * Parsers of what the detection task keeps: the detector, and the figures for the report.
 *
 * @module
 */

import { initializeFlat, namedParts } from "../../core/nn/parameters.ts";
import { formatFigures, parseFigures } from "../../core/results/figures.ts";
import { backboneLevels } from "../../core/methods/backbone.ts";
import { decodeDetectorFile } from "../../pipeline/detector_file.ts";
import { studentBackbone } from "../../pipeline/student_backbone.ts";
import { students } from "../../students/registry.ts";
import {
  type DetectorMetadata,
  encodeDetectorFile,
} from "../../tasks/detection/detector_metadata.ts";
import { detectorSpecOf } from "../../tasks/detection/detector_spec.ts";
import { detectorSpecs } from "../../tasks/detection/mask_rcnn/detector_graphs.ts";
import { detectionSettings } from "../../tasks/detection/settings.ts";
import { mutateValue } from "./mutate.ts";
import { type FuzzParser, textSeed } from "./parser.ts";

const size = { imageSize: 32, widthMultiplier: 0.05, stem: "small" as const };

/** A small detector. */
function sampleDetector() {
  const architecture = studentBackbone(students.get("mobilenet_v2"), size);
  const settings = detectionSettings.parse({
    features: { levels: ["c4", "c5"], channels: 4 },
    regions: { hidden: 4, maskChannels: 4, maskConvolutions: 1 },
  });
  const levels = backboneLevels(architecture, size.imageSize);
  const spec = detectorSpecOf({ architecture, imageSize: size.imageSize, levels }, settings, 2);
  const specs = detectorSpecs(spec);
  const metadata: DetectorMetadata = {
    student: "mobilenet_v2",
    ...size,
    settings,
    data: "emojicoco-31",
    classNames: ["cat", "dog"],
    categoryIds: [17, 18],
    seed: 0,
    steps: 10,
  };
  return { weights: namedParts(initializeFlat(specs, 0), specs), metadata };
}

function parseDetector(bytes: Uint8Array) {
  const { sha256: _sha256, spec: _spec, ...rest } = decodeDetectorFile(
    bytes,
    "detector.safetensors",
  );
  return rest;
}

const detector: FuzzParser = {
  name: "detector",
  isChecked: true,
  open() {
    const { weights, metadata } = sampleDetector();
    const bytes = encodeDetectorFile(weights, metadata);
    const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
    return Promise.resolve({
      seeds: [{ name: "mobilenet_v2", bytes, header: [0, 8 + length] as const }],
      parse: parseDetector,
    });
  },
};

const resealedDetector: FuzzParser = {
  name: "detector/resealed",
  isChecked: false,
  open() {
    const { weights, metadata } = sampleDetector();
    return Promise.resolve({
      seeds: [{
        name: "values",
        bytes: encodeDetectorFile(weights, metadata),
        rewrite(random) {
          const changed = structuredClone(metadata) as unknown as Record<string, unknown>;
          mutateValue(changed, random);
          return encodeDetectorFile(weights, changed as unknown as DetectorMetadata);
        },
      }],
      parse: parseDetector,
    });
  },
};

const figures: FuzzParser = {
  name: "figures",
  isChecked: false,
  open() {
    const text = formatFigures({
      schemaVersion: 1,
      pictures: { a: "data:image/png;base64,iVBORw0KGgo=" },
      figures: [{
        kind: "scenes",
        id: "scenes",
        title: "Scenes",
        split: "val",
        scenes: [{
          id: "one",
          picture: "a",
          width: 8,
          height: 8,
          truth: [{ label: "cat", box: [0, 0, 4, 4], outline: "M0 0h4v4h-4z" }],
          found: [{ label: "dog", score: 0.5, box: [0, 0, 4, 4] }],
        }],
      }, {
        kind: "bars",
        id: "errors",
        title: "Errors",
        split: "val",
        unit: "points",
        compare: "beside",
        bars: [{ name: "missed", value: 3 }, { name: "background", value: null }],
      }],
    });
    return Promise.resolve({
      seeds: [textSeed("figures", text)],
      parse: (bytes) => parseFigures(new TextDecoder().decode(bytes), "figures.json"),
    });
  },
};

/** Parsers of what the detection task keeps. */
export const detectionParsers: readonly FuzzParser[] = [detector, resealedDetector, figures];
