/**
 * What torchvision's Mask R-CNN makes of given weights and scenes: the file of make_mask_rcnn.py.
 *
 * @module
 */

import { readSafetensors } from "../../../core/nn/safetensors.ts";
import type { NamedTensors } from "../../../core/nn/parameters.ts";
import { basicBlock, resnet } from "../../../students/resnet.ts";
import { backboneOf } from "../../../students/testdata/parity_step.ts";
import { imagenetNormalization } from "../../../students/student.ts";
import { resnet18 } from "../../../students/resnet18.ts";
import type { DetectionBatch, DetectionTruth } from "../../../core/vision/detection_batch.ts";
import type { DetectorSpec } from "../mask_rcnn/spec.ts";
import type { SampledAnchors } from "../mask_rcnn/anchor_feeds.ts";
import type { SampledRegions } from "../mask_rcnn/region_feeds.ts";

/** Sizes of a narrow model. */
interface NarrowSizes {
  readonly width: number;
  readonly blocks: readonly [number, number, number, number];
  readonly channels: number;
  readonly hidden: number;
  readonly mask: number;
  readonly convolutions: number;
}

/** Settings of the model, by torchvision's names. */
export interface ReferenceSettings {
  readonly narrow: NarrowSizes | null;
  readonly classes: number;
  readonly scenes: number;
  /** Shapes of the tensors of bytes. */
  readonly shapes: Readonly<Record<string, readonly number[]>>;
  readonly box_detections_per_img: number;
  readonly rpn_pre_nms_top_n_train: number;
  readonly rpn_post_nms_top_n_train: number;
  readonly rpn_pre_nms_top_n_test: number;
  readonly rpn_post_nms_top_n_test: number;
  readonly rpn_batch_size_per_image: number;
  readonly box_batch_size_per_image: number;
}

/** Detections of an image. */
export interface ReferenceDetections {
  readonly image: Uint8Array;
  readonly height: number;
  readonly width: number;
  readonly boxes: Float32Array;
  readonly scores: Float32Array;
  /** From 1. */
  readonly labels: Uint32Array;
  /** [N, height, width], 0 or 1. */
  readonly masks: Uint8Array;
  /** What the masks are pasted from, [N, 28, 28]; absent in the fixture. */
  readonly probabilities?: Float32Array;
}

/** The file. */
export interface TorchvisionReference {
  readonly settings: ReferenceSettings;
  readonly spec: DetectorSpec;
  readonly weights: NamedTensors;
  readonly scenes: readonly ReferenceDetections[];
  readonly batch: DetectionBatch;
  readonly anchors: {
    readonly positive: Uint32Array;
    readonly negative: Uint32Array;
    readonly deltas: Float32Array;
  };
  readonly regions: SampledRegions;
  readonly losses: Readonly<Record<string, number>>;
  readonly gradients: NamedTensors;
}

/** Sampled anchors of one image of a batch whose images have so many anchors. */
export function anchorsOfImage(
  { positive, negative, deltas }: TorchvisionReference["anchors"],
  image: number,
  anchors: number,
): SampledAnchors {
  const own = (index: number) => Math.floor(index / anchors) === image;
  const places = [...positive.keys()].filter((place) => own(positive[place]!));
  return {
    positive: positive.filter(own).map((index) => index % anchors),
    negative: negative.filter(own).map((index) => index % anchors),
    deltas: Float32Array.from(
      places.flatMap((place) => [...deltas.subarray(4 * place, 4 * place + 4)]),
    ),
  };
}

function specOf({ narrow, classes }: ReferenceSettings): DetectorSpec {
  const sides = narrow ? [8, 16, 32, 64, 128] : [32, 64, 128, 256, 512];
  const student = narrow
    ? resnet({ name: "narrow", block: basicBlock, blocks: narrow.blocks })
    : resnet18;
  return {
    backbone: backboneOf(student, {
      imageSize: 224,
      widthMultiplier: narrow ? narrow.width / 64 : 1,
    }),
    preprocess: imagenetNormalization,
    levels: ["c2", "c3", "c4", "c5"],
    poolLevel: true,
    classes,
    channels: narrow?.channels ?? 256,
    anchors: { sizes: sides.map((side) => [side]), aspectRatios: [0.5, 1, 2] },
    boxHead: { hidden: narrow?.hidden ?? 1024 },
    maskHead: { channels: narrow?.mask ?? 256, convolutions: narrow?.convolutions ?? 4 },
    batchNorm: { statistics: "frozen", trainAffine: false },
    frozen: (name) => /^(conv1|bn1|layer1)\./.test(name),
  };
}

/** Reads the file. */
export async function readReference(path: URL | string): Promise<TorchvisionReference> {
  const { tensors, metadata } = readSafetensors(await Deno.readFile(path), String(path));
  const settings = JSON.parse(metadata["settings"]!) as ReferenceSettings;
  const tensor = (name: string) => {
    const found = tensors.get(name);
    if (!found) throw new Error(`no tensor "${name}" in ${path}`);
    return found;
  };
  const floats = (name: string) => tensor(name).data as Float32Array;
  const bytes = (name: string) => new Uint8Array(tensor(name).data.buffer);
  const shapeOf = (name: string) => settings.shapes[name] as [number, number, number];
  const whole = (name: string) =>
    Uint32Array.from(tensor(name).data as ArrayLike<number | bigint>, Number);
  const under = (prefix: string): NamedTensors =>
    new Map(
      [...tensors].filter(([name]) => name.startsWith(prefix)).map(([name, { shape, data }]) => [
        name.slice(prefix.length),
        { shape, data: data as Float32Array },
      ]),
    );
  const scenes = [...Array(settings.scenes).keys()].map((scene) => {
    const at = `scene/${scene}`;
    const [, height, width] = shapeOf(`${at}/image`);
    const scores = floats(`${at}/scores`);
    const bits = bytes(`${at}/masks`);
    const masks = Uint8Array.from(
      { length: scores.length * height * width },
      (_, index) => bits[index >> 3]! >> (7 - index % 8) & 1,
    );
    return {
      image: bytes(`${at}/image`),
      height,
      width,
      boxes: floats(`${at}/boxes`),
      scores,
      labels: whole(`${at}/labels`),
      masks,
      ...(tensors.has(`${at}/probabilities`)
        ? { probabilities: floats(`${at}/probabilities`) }
        : {}),
    };
  });
  const images = [0, 1];
  const perImage = (name: string) => images.map((image) => `step/regions/${name}/${image}`);
  const join = (arrays: Float32Array[]) => Float32Array.from(arrays.flatMap((array) => [...array]));
  const labels = Uint32Array.from(perImage("labels").flatMap((name) => [...whole(name)]));
  return {
    settings,
    spec: specOf(settings),
    weights: under("weights/"),
    scenes,
    batch: batchOf(images.map((image) => {
      const [, height, width] = shapeOf(`step/image/${image}`);
      const masks = bytes(`step/masks/${image}`);
      const pixels = height * width;
      const own = whole(`step/labels/${image}`).map((label) => label - 1);
      return {
        image: bytes(`step/image/${image}`),
        height,
        width,
        truth: {
          boxes: floats(`step/boxes/${image}`),
          labels: own,
          crowd: new Uint8Array(own.length),
          ids: [...own.keys()],
          mask: (object: number) => masks.subarray(object * pixels, (object + 1) * pixels),
        },
      };
    })),
    anchors: {
      positive: whole("step/anchors/positive"),
      negative: whole("step/anchors/negative"),
      deltas: floats("step/anchors/deltas"),
    },
    regions: {
      boxes: join(perImage("boxes").map(floats)),
      images: Uint32Array.from(
        perImage("labels").flatMap((name, image) => [...whole(name)].map(() => image)),
      ),
      labels,
      deltas: join(perImage("deltas").map(floats)),
      positives: Uint32Array.from([...labels.keys()].filter((region) => labels[region]! > 0)),
      masks: floats("step/regions/mask targets"),
    },
    losses: Object.fromEntries(
      [...under("step/loss/")].map(([name, { data }]) => [name, data[0]!]),
    ),
    gradients: under("step/gradient/"),
  };
}

/** Images of any sizes as one padded batch. */
export function batchOf(
  images: readonly {
    readonly image: Uint8Array;
    readonly height: number;
    readonly width: number;
    readonly truth?: DetectionTruth;
  }[],
): DetectionBatch {
  const padded = (length: number) => Math.ceil(length / 32) * 32;
  const height = padded(Math.max(...images.map((image) => image.height)));
  const width = padded(Math.max(...images.map((image) => image.width)));
  const bytes = new Uint8Array(images.length * 3 * height * width);
  images.forEach(({ image, height: rows, width: columns }, index) => {
    for (let channel = 0; channel < 3; channel++) {
      for (let row = 0; row < rows; row++) {
        const from = (channel * rows + row) * columns;
        bytes.set(
          image.subarray(from, from + columns),
          ((index * 3 + channel) * height + row) * width,
        );
      }
    }
  });
  const sizes = images.map(({ height, width }) => ({ height, width }));
  return {
    images: bytes,
    height,
    width,
    sizes,
    originals: sizes,
    mirrored: new Uint8Array(images.length),
    sampleIndices: Int32Array.from(images.keys()),
    truth: images.flatMap(({ truth }) => truth ?? []),
  };
}
