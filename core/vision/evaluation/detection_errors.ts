/**
 * Why a detection is wrong, by the definitions of TIDE: Bolya, Foley, Hays, Hoffman, "TIDE: A General
 * Toolbox for Identifying Object Detection Errors", ECCV 2020, section 2.2, as the package tidecv
 * computes them.
 *
 * @module
 */

/** Kinds of errors, in the order of the paper; `missed` is an object's, the others a detection's. */
export const errorKinds = [
  "classification",
  "localization",
  "both",
  "duplicate",
  "background",
  "missed",
] as const;

/** One of {@linkcode errorKinds}. */
export type ErrorKind = typeof errorKinds[number];

/** What is stored of a right detection; of a wrong one, 1 + the index of its kind. */
export const rightDetection = 0;

/** Overlap from which on a detection is right. */
const foreground = 0.5;

/** Overlap up to which a detection is of the background. */
const background = 0.1;

/** An image as the error analysis sees it: detections the best first. */
export interface AnalysedImage {
  /** Categories of the detections, `[D]`, and of the objects, `[G]`. */
  readonly labels: Uint32Array;
  readonly categories: Uint32Array;
  /** 1 for regions in which a surplus detection of their category is ignored, `[G]`. */
  readonly crowd: Uint8Array;
  /** Overlaps, `[D, G]`. */
  readonly iou: Float64Array;
  /** Whether a category is one in which every surplus detection of this image is ignored. */
  ignores(category: number): boolean;
}

/** What the analysis says. */
export interface ImageErrors {
  /** {@linkcode rightDetection}, or 1 + index of the error, `[D]`. */
  readonly kinds: Uint8Array;
  /** 1 where the detection is neither right nor wrong: it lies in an ignored region, `[D]`. */
  readonly ignored: Uint8Array;
  /** Category in which the detection is right once its error is fixed; −1 where it is gone, `[D]`. */
  readonly fixed: Int32Array;
  /** 1 for objects that no detection is right about, `[G]`. */
  readonly unmatched: Uint8Array;
  /** 1 for those of them that no fixed detection would be right about either, `[G]`. */
  readonly missed: Uint8Array;
}

/** The first object with the greatest overlap among those that fit; overlap 0 where none does. */
function bestObject(
  { iou, categories }: AnalysedImage,
  detection: number,
  fits: (object: number) => boolean,
): { readonly object: number; readonly overlap: number } {
  let object = -1, overlap = 0;
  for (let other = 0; other < categories.length; other++) {
    const found = iou[detection * categories.length + other]!;
    if (found > overlap && fits(other)) {
      object = other;
      overlap = found;
    }
  }
  return { object, overlap };
}

/** Matches detections to objects of their category, each to the free one that it overlaps most. */
function matchGreedily(image: AnalysedImage): { right: Uint8Array; used: Uint8Array } {
  const { labels, categories, crowd } = image;
  const right = new Uint8Array(labels.length), used = new Uint8Array(categories.length);
  for (let detection = 0; detection < labels.length; detection++) {
    const { object, overlap } = bestObject(
      image,
      detection,
      (other) => !crowd[other] && !used[other] && categories[other] === labels[detection],
    );
    if (overlap >= foreground) {
      right[detection] = 1;
      used[object] = 1;
    }
  }
  return { right, used };
}

/** Whether a detection that is not right lies in a region of its category that is not judged. */
function isIgnored({ labels, categories, crowd, iou, ignores }: AnalysedImage, detection: number) {
  const label = labels[detection]!;
  if (ignores(label)) return true;
  for (let object = 0; object < categories.length; object++) {
    if (!crowd[object] || categories[object] !== label) continue;
    if (iou[detection * categories.length + object]! > foreground) return true;
  }
  return false;
}

/** The error of one detection, and the object that it is about. */
function explain(
  image: AnalysedImage,
  detection: number,
  used: Uint8Array,
): { readonly kind: ErrorKind; readonly object: number } {
  const { categories, crowd } = image;
  const label = image.labels[detection]!;
  const own = bestObject(image, detection, (one) => !crowd[one] && categories[one] === label);
  if (own.overlap >= background && own.overlap <= foreground) {
    return { kind: "localization", object: own.object };
  }
  const foreign = bestObject(image, detection, (one) => !crowd[one] && categories[one] !== label);
  if (foreign.overlap >= foreground) return { kind: "classification", object: foreign.object };
  const taken = bestObject(
    image,
    detection,
    (one) => !crowd[one] && used[one] === 1 && categories[one] === label,
  );
  if (taken.overlap >= foreground) return { kind: "duplicate", object: -1 };
  const isBackground = Math.max(own.overlap, foreign.overlap) <= background;
  return { kind: isBackground ? "background" : "both", object: -1 };
}

/** Finds the error of every detection and every object of an image. */
export function findErrors(image: AnalysedImage): ImageErrors {
  const { labels, categories, crowd } = image;
  const { right, used } = matchGreedily(image);
  const kinds = new Uint8Array(labels.length), ignored = new Uint8Array(labels.length);
  const fixed = new Int32Array(labels.length).fill(-1);
  // An object can be found once: the best detection whose error is about it is right when fixed.
  const claimed = new Uint8Array(categories.length);
  for (let detection = 0; detection < labels.length; detection++) {
    if (right[detection]) continue;
    if (isIgnored(image, detection)) ignored[detection] = 1;
    const { kind, object } = explain(image, detection, used);
    kinds[detection] = 1 + errorKinds.indexOf(kind);
    if (object < 0 || used[object] || claimed[object]) continue;
    claimed[object] = 1;
    fixed[detection] = categories[object]!;
  }
  return {
    kinds,
    ignored,
    fixed,
    unmatched: used.map((taken, object) => taken || crowd[object] ? 0 : 1),
    missed: used.map((taken, object) => taken || crowd[object] || claimed[object] ? 0 : 1),
  };
}
