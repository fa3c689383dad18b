// deno-lint-ignore-file jsx-key -- rendered once to text: keys would never be read

/**
 * The figures of several rows, as a section of the report.
 *
 * @module
 */

import type { VNode } from "preact";
import type { JointFigure } from "../../core/results/joint_figures.ts";
import type { ResultFigures } from "../../core/results/figures.ts";
import { cleanText } from "../format.ts";
import { Activations, type JointFigureContext } from "./activations.tsx";
import { Confusions } from "./confusions.tsx";
import { FeatureMaps } from "./feature_maps.tsx";
import { Gain } from "./gain.tsx";
import { atlasSize } from "./tiles.tsx";

/** Pictures of the atlases of figures, each once. */
function AtlasPictures(
  { figures, pictures, pictureId }: {
    figures: readonly JointFigure[];
    pictures: Readonly<Record<string, string>>;
    pictureId: JointFigureContext["pictureId"];
  },
): VNode {
  const atlases = new Map(
    figures.flatMap((figure) => {
      const atlas = "atlas" in figure ? figure.atlas : null;
      return atlas === null ? [] : [[atlas.picture, atlas] as const];
    }),
  );
  return (
    <svg width="0" height="0" class="pictures" aria-hidden="true">
      <defs>
        {[...atlases].flatMap(([name, atlas]) => {
          const uri = pictures[name];
          return uri === undefined
            ? []
            : [<image id={pictureId(name)} href={uri} {...atlasSize(atlas)} />];
        })}
      </defs>
    </svg>
  );
}

function OneFigure(
  { figure, id, context }: { figure: JointFigure; id: string; context: JointFigureContext },
): VNode {
  switch (figure.kind) {
    case "activations":
      return <Activations figure={figure} context={context} />;
    case "features":
      return <FeatureMaps figure={figure} id={`${id}-${figure.id}`} context={context} />;
    case "confusions":
      return <Confusions figure={figure} context={context} />;
    case "gain":
      return <Gain figure={figure} context={context} />;
  }
}

/** The figures of several rows; null where there are none. */
export function JointFigures(
  { figures, id, heading: Heading, nameOf }: {
    figures: ResultFigures | undefined;
    /** Id of the result on the page. */
    id: string;
    heading: "h2" | "h3";
    nameOf: (row: string) => string;
  },
): VNode | null {
  const joint = figures?.joint ?? [];
  if (figures === undefined || joint.length === 0) return null;
  const context: JointFigureContext = {
    nameOf,
    pictureId: (picture) => `atlas-${id}-${picture}`,
  };
  const places = [
    ...new Set(joint.map(({ data, split }) => `${cleanText(data)}, ${cleanText(split)}`)),
  ];
  return (
    <section class="joint">
      <Heading>What the models see and confuse</Heading>
      <p>
        {`Of ${places.join("; ")}, seed ${joint[0]!.seed}. `}
        Rows, classes and images were chosen by their places, not by what was found.{" "}
        {`Numbers beside this page: ${joint.map(({ id }) => `${id}.csv`).join(", ")}.`}
      </p>
      <AtlasPictures figures={joint} pictures={figures.pictures} pictureId={context.pictureId} />
      {joint.map((figure) => <OneFigure figure={figure} id={id} context={context} />)}
    </section>
  );
}
