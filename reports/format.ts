/**
 * How reports print numbers, intervals, times and names.
 *
 * @module
 */

export { cleanText } from "../core/output.ts";

/** Printed where there is no number. */
export const noValue = "–";

/**
 * A number with a fixed count of decimals and a true minus sign; {@linkcode noValue} for null and
 * for numbers that are not finite.
 *
 * @param digits Decimals. @default {1}
 */
export function formatNumber(value: number | null | undefined, digits = 1): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return noValue;
  const text = value.toFixed(digits);
  // toFixed keeps the sign of a number that rounds to zero.
  const isZero = Number(text) === 0;
  return isZero ? text.replace("-", "") : text.replace("-", "−");
}

/** Like {@linkcode formatNumber}, with a plus sign before positive numbers. */
export function formatSigned(value: number | null | undefined, digits = 1): string {
  const text = formatNumber(value, digits);
  if (text === noValue || text.startsWith("−") || Number(text) === 0) return text;
  return `+${text}`;
}

/**
 * The longer side of an interval about its value, for `value ± side`; null where there is no interval.
 *
 * Of a symmetric interval that is half of its width; of any other it is more, so that the printed one
 * never claims more than the true one.
 */
export function halfWidth(
  value: number | null,
  interval: readonly [number, number] | null,
): number | null {
  if (value === null || interval === null) return null;
  const half = Math.max(value - interval[0], interval[1] - value);
  return Number.isFinite(half) && half >= 0 ? half : null;
}

/** Whether an interval leaves out zero: then the difference is more than noise. */
export function excludesZero(interval: readonly [number, number] | null): boolean {
  return interval !== null && (interval[0] > 0 || interval[1] < 0);
}

/**
 * An interval as it stands behind its value: `± half`. For a difference whose interval leaves out zero
 * while `value ± half` would not, being the longer side of an interval that is not symmetric, it is
 * `[low, high]`: a mark and a number must not contradict each other, so an end that rounds to 0 has its sign.
 *
 * @param options.separator What stands for ` ± `, without which there is no space before it.
 */
export function formatInterval(
  value: number | null,
  interval: readonly [number, number] | null,
  options: { signed?: boolean; digits?: number; separator?: string } = {},
): string | null {
  const { signed = false, digits = 1, separator = " ± " } = options;
  const half = halfWidth(value, interval);
  if (value === null || half === null) return null;
  const size = Math.abs(Number(value.toFixed(digits)));
  if (signed && excludesZero(interval) && Number(half.toFixed(digits)) >= size) {
    const ends = interval!.map((end) => {
      const text = formatSigned(end, digits);
      return Number(text) !== 0 || end === 0 ? text : `${end < 0 ? "−" : "+"}${text}`;
    });
    return ` [${ends.join(", ")}]`;
  }
  return `${separator}${half.toFixed(digits)}`;
}

/** `value ± half`, see {@linkcode formatInterval}; only the value where there is no interval. */
export function formatWithInterval(
  value: number | null,
  interval: readonly [number, number] | null,
  options: { signed?: boolean; digits?: number; separator?: string } = {},
): string {
  const { signed = false, digits = 1 } = options;
  const text = signed ? formatSigned(value, digits) : formatNumber(value, digits);
  const behind = formatInterval(value, interval, options);
  return text === noValue || behind === null ? text : `${text}${behind}`;
}

/** An interval as `[low, high]`, or {@linkcode noValue}. */
export function formatRange(
  interval: readonly [number, number] | null,
  options: { signed?: boolean; digits?: number } = {},
): string {
  if (interval === null) return noValue;
  const format = options.signed ? formatSigned : formatNumber;
  return `[${format(interval[0], options.digits)}, ${format(interval[1], options.digits)}]`;
}

/** Seconds as `0.4 s`, `38 s`, `5 min 07 s` or `2 h 05 min`. */
export function formatDuration(seconds: number): string {
  if (!Number.isFinite(seconds) || seconds < 0) return noValue;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const pad = (value: number) => String(value).padStart(2, "0");
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${pad(whole % 60)} s`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${pad(minutes % 60)} min`;
}

/** A word with its plural: `1 icon`, `3 icons`. */
export function countOf(count: number, singular: string, plural = `${singular}s`): string {
  return `${count} ${count === 1 ? singular : plural}`;
}
