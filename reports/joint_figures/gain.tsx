/**
 * What one row gains over another by class, in the report: bars from the largest gain to the largest loss.
 *
 * @module
 */

import type { VNode } from "preact";
import type { GainFigure } from "../../core/results/joint_figures.ts";
import { cleanText, countOf, formatNumber, formatSigned } from "../format.ts";
import type { JointFigureContext } from "./activations.tsx";

/** Size of the drawing. */
const width = 1000, height = 260, left = 46, bottom = 18;
/** Classes that are told in words on each side. */
const mostTold = 8;

/** Classes with their gain, the largest first. */
export function sortedGains(
  { classes }: GainFigure,
): (GainFigure["classes"][number] & { gain: number })[] {
  return classes.map((one) => ({ ...one, gain: one.other - one.base }))
    .sort((a, b) => b.gain - a.gain || (a.name < b.name ? -1 : 1));
}

/** A round number above a gain, for the axis. */
function axisLimit(gains: readonly { gain: number }[]): number {
  const most = Math.max(5, ...gains.map(({ gain }) => Math.abs(gain)));
  return [5, 10, 20, 50, 75, 100].find((limit) => limit >= most) ?? 100;
}

/** The figure of gains by class. */
export function Gain(
  { figure, context: { nameOf } }: { figure: GainFigure; context: JointFigureContext },
): VNode {
  const gains = sortedGains(figure);
  const limit = axisLimit(gains);
  const names = `${nameOf(figure.other)} − ${nameOf(figure.base)}`;
  const counts = {
    better: gains.filter(({ gain }) => gain > 0).length,
    worse: gains.filter(({ gain }) => gain < 0).length,
  };
  const equal = gains.length - counts.better - counts.worse;
  const mean = gains.reduce((sum, { gain }) => sum + gain, 0) / Math.max(1, gains.length);
  const tell = (list: typeof gains) =>
    list.map(({ name, gain }) => `${cleanText(name)} ${formatSigned(gain)}`).join(", ");
  const best = gains.slice(0, mostTold).filter(({ gain }) => gain > 0);
  const worst = gains.toReversed().slice(0, mostTold).filter(({ gain }) => gain < 0);
  const words = `${countOf(counts.better, "class", "classes")} better, ${counts.worse} worse, ` +
    `${equal} the same; mean ${formatSigned(mean)} points`;
  const middle = height / 2, step = (width - left) / Math.max(1, gains.length);
  const yOf = (gain: number) => middle - gain / limit * (middle - bottom);
  return (
    <figure class="card gain">
      <figcaption>{`Gain by class: ${names}`}</figcaption>
      <div class="scroll" tabindex={0}>
        <svg
          viewBox={`0 0 ${width} ${height}`}
          role="img"
          aria-label={`${names} by class: ${words}`}
        >
          {[limit, limit / 2, 0, -limit / 2, -limit].map((value) => (
            <>
              <line class="grid" x1={left} x2={width} y1={yOf(value)} y2={yOf(value)} />
              <text x={left - 6} y={yOf(value) + 4} text-anchor="end">
                {formatSigned(value, limit < 10 ? 1 : 0)}
              </text>
            </>
          ))}
          {gains.map(({ name, gain, base, other, views }, place) => (
            <g class={gain < 0 ? "worse" : gain > 0 ? "better" : "same"}>
              <title>
                {`${cleanText(name)}: ${formatNumber(base)} → ${formatNumber(other)} %, ` +
                  `${formatSigned(gain)} points, ${countOf(views, "view")}`}
              </title>
              <rect
                class="hit"
                x={left + place * step}
                y={bottom}
                width={step}
                height={height - 2 * bottom}
              />
              <rect
                x={left + place * step + step * 0.1}
                y={Math.min(middle, yOf(gain))}
                width={step * 0.8}
                height={Math.max(0.75, Math.abs(yOf(gain) - middle))}
              />
            </g>
          ))}
        </svg>
      </div>
      <p class="note">
        {`${words}. Points of zero-shot accuracy; one class has few views, so single bars are noisy. `}
        {best.length === 0 ? "" : `Most gained: ${tell(best)}. `}
        {worst.length === 0 ? "" : `Most lost: ${tell(worst)}.`}
      </p>
    </figure>
  );
}
