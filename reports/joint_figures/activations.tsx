// deno-lint-ignore-file jsx-key -- rendered once to text: keys would never be read

/**
 * Grad-CAM in the report: an image, and for each row where it sees what its class says.
 *
 * @module
 */

import type { VNode } from "preact";
import type { ActivationFigure } from "../../core/results/joint_figures.ts";
import { cleanText, formatNumber } from "../format.ts";
import { heatColours, heatPicture } from "./heat_map.ts";
import { Tile, tileBox } from "./tiles.tsx";

/** What the figures of several rows are drawn with. */
export interface JointFigureContext {
  /** Name of a row for the reader. */
  readonly nameOf: (row: string) => string;
  /** Id of a picture on the page. */
  readonly pictureId: (picture: string) => string;
}

const scale = heatColours.filter((_, level) => level % 9 === 0)
  .map((colour) => `rgb(${colour.join(" ")})`).join(", ");

/** The maps of all rows of an image. */
function ImageRow(
  { figure, place, context: { nameOf, pictureId } }: {
    figure: ActivationFigure;
    place: number;
    context: JointFigureContext;
  },
): VNode {
  const { atlas, rows, images } = figure;
  const image = images[place]!;
  const label = cleanText(image.label);
  return (
    <tr>
      <th scope="row">{label}</th>
      <td>
        <Tile
          atlas={atlas}
          place={image.tile}
          pictureId={pictureId}
          label={`${label}, ${cleanText(image.id)}`}
        />
      </td>
      {image.rows.map(({ score, values }, index) => {
        const { row, height, width } = rows[index]!;
        const [left, top] = tileBox(atlas, image.tile).split(" ");
        const sees = values.some((value) => value > 0)
          ? `cosine ${formatNumber(score, 2)}`
          : `cosine ${formatNumber(score, 2)}, nothing speaks for it`;
        return (
          <td>
            <svg
              class="tile"
              viewBox={tileBox(atlas, image.tile)}
              role="img"
              aria-label={`${nameOf(row)}, ${label}: ${sees}`}
            >
              <title>{`${nameOf(row)}, ${label}: ${sees}`}</title>
              <use href={`#${pictureId(atlas.picture)}`} />
              <image
                href={heatPicture(values, { height, width })}
                x={left}
                y={top}
                width={atlas.tile}
                height={atlas.tile}
                preserveAspectRatio="none"
                opacity="0.6"
              />
            </svg>
            <small>{formatNumber(score, 2)}</small>
          </td>
        );
      })}
    </tr>
  );
}

/** The figure of activations. */
export function Activations(
  { figure, context }: { figure: ActivationFigure; context: JointFigureContext },
): VNode {
  const { rows, images } = figure;
  return (
    <figure class="card activations">
      <figcaption>Where the models look: Grad-CAM</figcaption>
      <div class="scroll" tabindex={0}>
        <table>
          <thead>
            <tr>
              <th scope="col">class</th>
              <th scope="col">image</th>
              {rows.map(({ row, layer, height, width }) => (
                <th scope="col">
                  {context.nameOf(row)}
                  <small>{`${layer.toUpperCase()}, ${height} × ${width}`}</small>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {images.map((_, place) => <ImageRow figure={figure} place={place} context={context} />)}
          </tbody>
        </table>
      </div>
      <p class="note">
        <i class="scale" style={`background: linear-gradient(90deg, ${scale})`} />{" "}
        from nothing to the most of a map. Bright is what raises the cosine of the image with the
        text of its true class, which stands below each map. The first image of classes that are
        evenly spaced in the list. A map has as many pixels as the model's feature map that is named
        above; they are drawn smoothly.
      </p>
    </figure>
  );
}
