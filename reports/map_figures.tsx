/**
 * Maps of classes in the report: picture, truth, what each row found, and where two rows differ.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import type { VNode } from "preact";
import { type Colour, encodeLabelPng } from "../core/data/encode_label_png.ts";
import type { FigureMap } from "../core/results/figures.ts";
import { classColours } from "../core/vision/class_colours.ts";
import { type FigureGroup, sameFigures } from "./figure_groups.ts";
import { cleanText } from "./format.ts";

/** Neither right nor wrong. */
const notJudged: Colour = [255, 255, 255];

/** A colour of a picture, and what it means. */
interface Entry {
  readonly name: string;
  readonly colour: Colour;
}

/** What a picture of differences shows, by its numbers. */
function differenceEntries(base: string, other: string): readonly Entry[] {
  return [
    { name: "the same", colour: [216, 222, 229] },
    { name: `only ${other} right`, colour: [0, 158, 115] },
    { name: `only ${base} right`, colour: [213, 94, 0] },
    { name: "both wrong, not alike", colour: [120, 132, 144] },
    { name: "not judged", colour: notJudged },
  ];
}

/** The same where there is one row. */
const errorEntries: readonly Entry[] = [
  { name: "right", colour: [216, 222, 229] },
  { name: "wrong", colour: [213, 94, 0] },
  { name: "not judged", colour: notJudged },
];

/** The class of every pixel; `ignored` where it is not judged. */
function decodeRuns(runs: readonly number[], area: number, ignored: number): Uint8Array {
  const labels = new Uint8Array(area);
  for (let place = 0, at = 0; place < runs.length; place += 2) {
    const label = runs[place]!, length = runs[place + 1]!;
    labels.fill(label < 0 ? ignored : label, at, at + length);
    at += length;
  }
  return labels;
}

/** Where two maps differ, as numbers of {@linkcode differenceEntries}. */
function compareMaps(truth: Uint8Array, base: Uint8Array, other: Uint8Array, ignored: number) {
  return truth.map((label, pixel) => {
    if (label === ignored) return 4;
    const first = base[pixel]!, second = other[pixel]!;
    if (first === second) return 0;
    return second === label ? 1 : first === label ? 2 : 3;
  });
}

/** Where a map is wrong, as numbers of {@linkcode errorEntries}. */
function findErrors(truth: Uint8Array, found: Uint8Array, ignored: number): Uint8Array {
  return truth.map((label, pixel) => label === ignored ? 2 : Number(found[pixel] !== label));
}

/** Share of the judged pixels that are right, in words. */
function describeRight(truth: Uint8Array, found: Uint8Array, ignored: number): string {
  let judged = 0, right = 0;
  truth.forEach((label, pixel) => {
    if (label === ignored) return;
    judged++;
    right += Number(found[pixel] === label);
  });
  return judged === 0 ? "no pixel is judged" : `${Math.round(100 * right / judged)} % right`;
}

function pngOf(
  labels: Uint8Array,
  size: { readonly width: number; readonly height: number },
  colours: readonly Colour[],
): string {
  const png = encodeLabelPng(labels, size, colours);
  return `data:image/png;base64,${Buffer.from(png).toString("base64")}`;
}

const cssOf = (colour: Colour) => `rgb(${colour.join(" ")})`;

function Names({ entries }: { entries: readonly Entry[] }): VNode {
  return (
    <small class="names">
      {entries.map(({ name, colour }) => (
        <span>
          <i style={`background:${cssOf(colour)}`} />
          {name}
        </span>
      ))}
    </small>
  );
}

/** One picture of a scene, with its title. */
function Panel(props: {
  title: string;
  note?: string;
  label: string;
  size: { readonly width: number; readonly height: number };
  /** An id on the page, or a picture. */
  picture: { readonly use: string } | { readonly href: string };
}): VNode {
  const { title, note, label, size: { width, height }, picture } = props;
  return (
    <div>
      <small class="name" title={title}>{title}</small>
      <svg viewBox={`0 0 ${width} ${height}`} role="img" aria-label={label}>
        {"use" in picture ? <use href={`#${picture.use}`} /> : (
          <image
            href={picture.href}
            width={width}
            height={height}
            style="image-rendering:pixelated"
          />
        )}
      </svg>
      {note === undefined ? null : <small>{note}</small>}
    </div>
  );
}

/** A scene with its maps. */
function MapScene(props: {
  names: readonly string[];
  scene: FigureMap;
  /** What each row found. */
  found: readonly { readonly name: string; readonly scene: FigureMap }[];
  pictureId: (picture: string) => string;
}): VNode {
  const { names, scene, found, pictureId } = props;
  const { width, height } = scene, size = { width, height }, ignored = names.length;
  const colours = [...classColours(names), notJudged];
  const labelsOf = (runs: readonly number[]) => decodeRuns(runs, width * height, ignored);
  const truth = labelsOf(scene.truth);
  const maps = found.map(({ name, scene }) => ({ name, labels: labelsOf(scene.found) }));
  const [base, other] = maps.map(({ labels }) => labels);
  const kinds = other === undefined
    ? errorEntries
    : differenceEntries(maps[0]!.name, maps[1]!.name);
  const compared = other === undefined
    ? findErrors(truth, base!, ignored)
    : compareMaps(truth, base!, other, ignored);
  const id = cleanText(scene.id);
  const entryOf = (label: number) => ({ name: cleanText(names[label]!), colour: colours[label]! });
  const labels = names.map((_, label) => label);
  const present = labels.filter((label) => truth.includes(label)).map(entryOf);
  // Also what was found and is not there.
  const shown = labels.filter((label) =>
    [truth, ...maps.map(({ labels }) => labels)]
      .some((map) => map.includes(label))
  ).map(entryOf);
  const title = other === undefined ? "errors" : "where they differ";
  return (
    <figure class="card map">
      <div class="panels">
        <Panel
          title="image"
          label={`image ${id}`}
          size={size}
          picture={{ use: pictureId(scene.picture) }}
        />
        <Panel
          title="truth"
          label={`truth, ${id}: ${present.map(({ name }) => name).join(", ")}`}
          size={size}
          picture={{ href: pngOf(truth, size, colours) }}
        />
        {maps.map(({ name, labels }) => {
          const note = describeRight(truth, labels, ignored);
          return (
            <Panel
              title={name}
              note={note}
              label={`${name}, ${id}: ${note}`}
              size={size}
              picture={{ href: pngOf(labels, size, colours) }}
            />
          );
        })}
        <Panel
          title={title}
          label={`${title}, ${id}`}
          size={size}
          picture={{ href: pngOf(compared, size, kinds.map(({ colour }) => colour)) }}
        />
      </div>
      <Names entries={[...shown, ...kinds.filter((_, kind) => compared.includes(kind))]} />
    </figure>
  );
}

/** The maps of a group of rows. */
export function Maps(
  { group, pictureId }: { group: FigureGroup; pictureId: (picture: string) => string },
): VNode {
  return (
    <>
      {sameFigures(group, "maps").map(({ figures }) => {
        const [first, ...others] = figures;
        const { names, maps } = first!.figure;
        return (
          <div class="maps">
            {maps.map((scene) => {
              const same = others.flatMap(({ name, figure }) => {
                const own = figure.maps.find((map) =>
                  map.id === scene.id && map.width === scene.width && map.height === scene.height
                );
                const isAlike = figure.names.join("\n") === names.join("\n");
                return own === undefined || !isAlike ? [] : [{ name, scene: own }];
              });
              return (
                <MapScene
                  names={names}
                  scene={scene}
                  found={[{ name: first!.name, scene }, ...same]}
                  pictureId={pictureId}
                />
              );
            })}
          </div>
        );
      })}
    </>
  );
}
