// deno-lint-ignore-file jsx-key -- rendered once to text: keys would never be read

/**
 * Pairs of classes that are taken for each other, in the report.
 *
 * @module
 */

import type { VNode } from "preact";
import type { ConfusionFigure } from "../../core/results/joint_figures.ts";
import { cleanText, formatNumber } from "../format.ts";
import type { JointFigureContext } from "./activations.tsx";
import { Tile } from "./tiles.tsx";

/** The figure of confusions. */
export function Confusions(
  { figure, context: { nameOf, pictureId } }: {
    figure: ConfusionFigure;
    context: JointFigureContext;
  },
): VNode {
  const { rows, pairs, atlas } = figure;
  const most = Math.max(1, ...pairs.flatMap(({ values }) => values));
  return (
    <figure class="card confusions">
      <figcaption>Confusable classes: the pairs most taken for each other</figcaption>
      <div class="scroll" tabindex={0}>
        <table>
          <thead>
            <tr>
              <th scope="col">classes</th>
              <th scope="col" class="number">cosine of texts</th>
              {rows.map(({ row }) => <th scope="col" class="number">{nameOf(row)}, %</th>)}
            </tr>
          </thead>
          <tbody>
            {pairs.map(({ first, second, tiles, cosine, values }) => (
              <tr>
                <th scope="row">
                  <Tile
                    atlas={atlas}
                    place={tiles[0]}
                    pictureId={pictureId}
                    label={cleanText(first)}
                  />
                  <Tile
                    atlas={atlas}
                    place={tiles[1]}
                    pictureId={pictureId}
                    label={cleanText(second)}
                  />
                  <span>{`${cleanText(first)} – ${cleanText(second)}`}</span>
                </th>
                <td class="number">{formatNumber(cosine, 2)}</td>
                {values.map((value) => (
                  <td class="number bar" style={`--share:${(100 * value / most).toFixed(0)}%`}>
                    {formatNumber(value)}
                  </td>
                ))}
              </tr>
            ))}
            <tr>
              <th scope="row">share of the row's errors that these pairs are</th>
              <td />
              {rows.map(({ shown, errors }) => (
                <td class="number">
                  {formatNumber(shown)}
                  <small>{`of ${formatNumber(errors)} % wrong`}</small>
                </td>
              ))}
            </tr>
          </tbody>
        </table>
      </div>
      <p class="note">
        Percent of the views of both classes that the row takes for the other one, zero-shot; the
        largest by the mean of the rows.
      </p>
    </figure>
  );
}
