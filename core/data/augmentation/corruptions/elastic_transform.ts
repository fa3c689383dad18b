/**
 * Elastic transform of ImageNet-C: the picture is stretched here and pressed together there.
 *
 * @module
 */

import type { RgbImage } from "../image_memory.ts";
import { blurPlane } from "./blur.ts";
import { mapPlanes, type Plane } from "./float_image.ts";
import type { Draw } from "./noise.ts";
import { type Positions, resamplePlane } from "./resample_plane.ts";

type Size = Pick<RgbImage, "width" | "height">;

/** How far pixels are moved, as shares of the sides of the image. */
export interface ElasticStrength {
  /** Largest displacement before it is smoothed, a share of the height. */
  readonly displacement: number;
  /** Standard deviation of the smoothing, a share of each side. */
  readonly sigma: number;
  /** How far three points may be moved that shear and turn the whole, a share of the shorter side. */
  readonly corners: number;
}

/** The positions of all pixels. */
function positionsOf({ width, height }: Size, at: (x: number, y: number) => [number, number]) {
  const positions: Positions = {
    x: new Float64Array(width * height),
    y: new Float64Array(width * height),
  };
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      [positions.x[y * width + x], positions.y[y * width + x]] = at(x, y);
    }
  }
  return positions;
}

/**
 * Where pixels come from when three points near the corners of the middle are moved, and all others by
 * the affine map that moves these; undefined for images too small to have three points.
 */
function movedCorners(size: Size, corners: number, uniform: Draw): Positions | undefined {
  const { width, height } = size, side = Math.min(width, height), reach = Math.floor(side / 3);
  if (corners === 0 || reach === 0) return undefined;
  const x = Math.floor(width / 2), y = Math.floor(height / 2), most = corners * side;
  const [from, ...others] = [
    [x + reach, y + reach],
    [x + reach, y - reach],
    [x - reach, y - reach],
  ].map(([x, y]) => ({ x: x!, y: y! }));
  const move = (point: { x: number; y: number }) => ({
    x: point.x + (2 * uniform() - 1) * most,
    y: point.y + (2 * uniform() - 1) * most,
  });
  const to = move(from!);
  const sides = others.map((other) => {
    const moved = move(other);
    return {
      before: { x: other.x - from!.x, y: other.y - from!.y },
      after: { x: moved.x - to.x, y: moved.y - to.y },
    };
  });
  const [u, v] = [sides[0]!, sides[1]!];
  const area = u.after.x * v.after.y - u.after.y * v.after.x;
  return positionsOf(size, (x, y) => {
    const dx = x - to.x, dy = y - to.y;
    const alongU = (dx * v.after.y - dy * v.after.x) / area;
    const alongV = (dy * u.after.x - dx * u.after.y) / area;
    return [
      from!.x + alongU * u.before.x + alongV * v.before.x,
      from!.y + alongU * u.before.y + alongV * v.before.y,
    ];
  });
}

/** Smooth random displacements, pixels. */
function displacements(
  { width, height }: Size,
  { displacement, sigma }: ElasticStrength,
  uniform: Draw,
): Plane {
  const random = Float64Array.from({ length: width * height }, () => 2 * uniform() - 1);
  const sigmas = { across: sigma * width, down: sigma * height };
  const smooth = blurPlane(random, { width, height }, sigmas, { reach: 3, border: "reflect" });
  return smooth.map((value) => value * displacement * height);
}

/**
 * Moves all pixels a little, neighbours alike: first by an affine map of the whole where the strength
 * has one, then by smooth random displacements.
 *
 * @param uniform Gives numbers from 0 to 1: two for each of the three points of the affine map, then one
 * for each pixel's displacement along its row, then along its column.
 */
export function transformElastically(
  image: RgbImage,
  strength: ElasticStrength,
  uniform: Draw,
): RgbImage {
  const { width } = image;
  const affine = movedCorners(image, strength.corners, uniform);
  const across = displacements(image, strength, uniform);
  const down = displacements(image, strength, uniform);
  const positions = positionsOf(
    image,
    (x, y) => [x + across[y * width + x]!, y + down[y * width + x]!],
  );
  return mapPlanes(image, (plane) => {
    const moved = affine === undefined ? plane : resamplePlane(plane, image, affine, "mirror");
    return resamplePlane(moved, image, positions, "reflect");
  });
}
