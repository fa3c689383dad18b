/**
 * Tiles of an atlas: views side by side in one picture, each shown through a window of its own.
 *
 * @module
 */

import type { VNode } from "preact";
import type { FigureAtlas } from "../../core/results/joint_figures.ts";

/** The window of a tile: `viewBox` of an SVG that shows it alone. */
export function tileBox({ tile, columns }: FigureAtlas, place: number): string {
  return `${(place % columns) * tile} ${Math.floor(place / columns) * tile} ${tile} ${tile}`;
}

/** Width and height of the picture of an atlas. */
export function atlasSize(
  { tile, columns, count }: FigureAtlas,
): { width: number; height: number } {
  return { width: columns * tile, height: Math.ceil(count / columns) * tile };
}

/** One tile as a picture of its own. */
export function Tile(
  { atlas, place, pictureId, label }: {
    atlas: FigureAtlas;
    place: number;
    pictureId: (picture: string) => string;
    /** What is seen, for those who do not see it. */
    label: string;
  },
): VNode {
  return (
    <svg class="tile" viewBox={tileBox(atlas, place)} role="img" aria-label={label}>
      <title>{label}</title>
      <use href={`#${pictureId(atlas.picture)}`} />
    </svg>
  );
}
