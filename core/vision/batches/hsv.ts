/**
 * Hue, saturation and value in bytes, hue in steps of two degrees: OpenCV's `COLOR_RGB2HSV` and back.
 *
 * @module
 */

/** Steps of a full circle. */
export const hueSteps = 180;

const shift = 12, half = 1 << (shift - 1);
const saturationDivisors = Int32Array.from(
  { length: 256 },
  (_, value) => value === 0 ? 0 : Math.round((255 << shift) / value),
);
const hueDivisors = Int32Array.from(
  { length: 256 },
  (_, range) => range === 0 ? 0 : Math.round((hueSteps << shift) / (6 * range)),
);

/** Hue, saturation and value of a colour, packed into a whole number: `hue << 16 | saturation << 8 | value`. */
export function packHsv(red: number, green: number, blue: number): number {
  const value = red > green ? (red > blue ? red : blue) : green > blue ? green : blue;
  const least = red < green ? (red < blue ? red : blue) : green < blue ? green : blue;
  const range = value - least;
  const saturation = range * saturationDivisors[value]! + half >> shift;
  const sextants = value === red
    ? green - blue
    : value === green
    ? blue - red + 2 * range
    : red - green + 4 * range;
  const hue = sextants * hueDivisors[range]! + half >> shift;
  return (hue < 0 ? hue + hueSteps : hue) << 16 | saturation << 8 | value;
}

/**
 * Red, green and blue of hue, saturation and value, packed: `red << 16 | green << 8 | blue`, rounded as by
 * OpenCV's scalar code (its vector code cuts to whole numbers).
 */
export function packRgb(hue: number, saturation: number, value: number): number {
  if (saturation === 0) return value << 16 | value << 8 | value;
  const place = hue / 30;
  const sextant = place | 0;
  const part = place - sextant;
  const share = saturation / 255;
  const most = value;
  const least = value * (1 - share) + 0.5 | 0;
  const falling = value * (1 - share * part) + 0.5 | 0;
  const rising = value * (1 - share * (1 - part)) + 0.5 | 0;
  switch (sextant) {
    case 0:
      return most << 16 | rising << 8 | least;
    case 1:
      return falling << 16 | most << 8 | least;
    case 2:
      return least << 16 | most << 8 | rising;
    case 3:
      return least << 16 | falling << 8 | most;
    case 4:
      return rising << 16 | least << 8 | most;
    default:
      return most << 16 | least << 8 | falling;
  }
}
