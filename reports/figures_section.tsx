// deno-lint-ignore-file jsx-key -- rendered once to text: keys would never be read

/**
 * The figures of the report: scenes with ground truth and what rows found, and the charts beside them.
 *
 * @module
 */

import type { VNode } from "preact";
import type { FigureScene, FigureShape } from "../core/results/figures.ts";
import type { ResultFile } from "../core/results/result.ts";
import type { ChartImage } from "./chart_canvas.ts";
import { type FigureGroup, groupFigures, sameFigures } from "./figure_groups.ts";
import { cleanText, countOf } from "./format.ts";
import { Maps } from "./map_figures.tsx";
import { Matrices } from "./matrix_figures.tsx";
import { Charts } from "./report_sections.tsx";

/** Colours of the labels of a scene, on any picture (Okabe and Ito, the bright ones). */
const shapeColors = ["#ffb000", "#56b4e9", "#00c98d", "#ff6db6", "#f0e442", "#ff7f50"];

/** Ids of the pictures of a result, which scenes refer to. */
function pictureId(result: string, picture: string): string {
  return `picture-${result}-${picture}`;
}

/** Every picture once, to be referred to. */
function Pictures(props: { result: ResultFile; id: string }): VNode {
  const sizes = new Map<string, { width: number; height: number }>();
  for (const { figure } of props.result.figures?.figures ?? []) {
    const shown = figure.kind === "scenes"
      ? figure.scenes
      : figure.kind === "maps"
      ? figure.maps
      : [];
    for (const { picture, width, height } of shown) sizes.set(picture, { width, height });
  }
  return (
    <svg width="0" height="0" class="pictures" aria-hidden="true">
      <defs>
        {Object.entries(props.result.figures?.pictures ?? {}).flatMap(([name, uri]) => {
          const size = sizes.get(name);
          return size === undefined
            ? []
            : [<image id={pictureId(props.id, name)} href={uri} {...size} />];
        })}
      </defs>
    </svg>
  );
}

/** `pizza 98 %`. */
function describeShape({ label, score }: FigureShape): string {
  const name = cleanText(label);
  return score === undefined ? name : `${name} ${Math.round(score * 100)} %`;
}

function Shape(props: { shape: FigureShape; color: string }): VNode {
  const { shape: { box, outline }, color } = props;
  const [x0 = 0, y0 = 0, x1 = 0, y1 = 0] = box ?? [];
  return (
    <g stroke={color} fill={color}>
      <title>{describeShape(props.shape)}</title>
      {outline === undefined ? null : <path d={outline} fill-rule="evenodd" class="region" />}
      {box === undefined ? null : (
        <rect
          x={x0}
          y={y0}
          width={Math.max(0, x1 - x0)}
          height={Math.max(0, y1 - y0)}
          class="box"
        />
      )}
    </g>
  );
}

/** A scene with shapes on it, and their names below. */
function Panel(props: {
  title: string;
  scene: FigureScene;
  shapes: readonly FigureShape[];
  picture: string;
  colors: ReadonlyMap<string, string>;
}): VNode {
  const { title, scene: { id, width, height }, shapes, picture, colors } = props;
  const color = ({ label }: FigureShape) => colors.get(label)!;
  const list = shapes.length === 0 ? "nothing" : shapes.map(describeShape).join(", ");
  return (
    <div>
      <small class="name" title={title}>{title}</small>
      <svg
        viewBox={`0 0 ${width} ${height}`}
        role="img"
        aria-label={`${title}, ${cleanText(id)}: ${list}`}
      >
        <use href={`#${picture}`} />
        {shapes.map((shape) => <Shape shape={shape} color={color(shape)} />)}
      </svg>
      <small class="names">
        {shapes.length === 0 ? "nothing" : shapes.map((shape) => (
          <span>
            <i style={`background:${color(shape)}`} />
            {describeShape(shape)}
          </span>
        ))}
      </small>
    </div>
  );
}

function Scenes(props: { group: FigureGroup; id: string }): VNode {
  const { group, id } = props;
  return (
    <>
      {sameFigures(group, "scenes").map(({ figures }) => {
        const [first, ...others] = figures;
        return (
          <div class="scenes">
            {first!.figure.scenes.map((scene) => {
              const found = [
                { name: first!.name, scene },
                ...others.flatMap(({ name, figure }) => {
                  const same = figure.scenes.find((other) => other.id === scene.id);
                  return same === undefined ? [] : [{ name, scene: same }];
                }),
              ];
              const labels = new Set(
                [scene.truth, ...found.map(({ scene }) => scene.found)].flat()
                  .map(({ label }) => label),
              );
              const colors = new Map(
                [...labels].map((
                  label,
                  index,
                ) => [label, shapeColors[index % shapeColors.length]!]),
              );
              const shared = { scene, picture: pictureId(id, scene.picture), colors };
              return (
                <figure class="card scene">
                  <Panel title="truth" shapes={scene.truth} {...shared} />
                  {found.map(({ name, scene: own }) => (
                    <Panel title={name} shapes={own.found} {...shared} />
                  ))}
                </figure>
              );
            })}
          </div>
        );
      })}
    </>
  );
}

/** All figures of a result; null where there are none. */
export function Figures(
  props: { result: ResultFile; id: string; charts: readonly ChartImage[]; heading: "h2" | "h3" },
): VNode | null {
  const { result, id, charts, heading: Heading } = props;
  const groups = groupFigures(result);
  if (groups.length === 0) return null;
  const scenes = Object.keys(result.figures!.pictures).length;
  return (
    <section>
      <Heading>What was found</Heading>
      <p>
        {scenes === 0 ? "Of the first seed, on the splits named below." : (
          <>
            {countOf(scenes, "image")}{" "}
            of the splits named below, chosen by their place in them and not by what was found; the
            first seed. What a row found stands beside the truth, of objects the surest first.
          </>
        )}
      </p>
      <Pictures result={result} id={id} />
      {groups.map((group) => (
        <div class="figures">
          <p>
            <b>{group.title}</b>: {group.data}, {group.split}
          </p>
          <Scenes group={group} id={id} />
          <Maps group={group} pictureId={(picture) => pictureId(id, picture)} />
          <Matrices group={group} />
          <Charts charts={charts.filter(({ spec }) => spec.section === group.key)} kind="figures" />
        </div>
      ))}
    </section>
  );
}
