import assert from "node:assert/strict";
import { jointFigureCsv } from "./joint_figure_csv.ts";
import { jointFigureSchema } from "./joint_figures_schema.ts";
import { jointFigures } from "./testdata/joint_figures.ts";

/** The problems of a figure with something changed. */
function problemsOf(kind: string, change: (figure: Record<string, unknown>) => void): string[] {
  const figure = structuredClone(jointFigures.find((one) => one.kind === kind)!);
  change(figure as unknown as Record<string, unknown>);
  const { error } = jointFigureSchema.safeParse(figure);
  return error?.issues.map(({ path, message }) => `${path.join(".")}: ${message}`) ?? [];
}

Deno.test("jointFigureSchema takes figures of every kind as they are", () => {
  for (const figure of jointFigures) assert.deepEqual(jointFigureSchema.parse(figure), figure);
  assert.equal(new Set(jointFigures.map(({ kind }) => kind)).size, 4);
});

Deno.test("jointFigureSchema refuses maps, points and tiles that do not fit", () => {
  const refuse = (kind: string, change: (figure: never) => void, expected: RegExp) => {
    const problems = problemsOf(kind, change as (figure: Record<string, unknown>) => void);
    assert.match(problems.join("\n"), expected);
  };
  type Figure<Kind> = Extract<typeof jointFigures[number], { kind: Kind }>;
  refuse(
    "activations",
    (figure: Figure<"activations">) => figure.images[0]!.rows[0]!.values.pop(),
    /images\.0: expected a map of its size/,
  );
  refuse(
    "activations",
    (figure: Figure<"activations">) => figure.images[0]!.tile = 99,
    /images\.0: .*a tile of the atlas/,
  );
  refuse(
    "features",
    (figure: Figure<"features">) => figure.points[1]!.label = 9,
    /points\.1: expected a class/,
  );
  refuse(
    "features",
    (figure: Figure<"features">) => figure.panels[1]!.series[2]!.items[0] = 9,
    /panels\.1\.series\.2: expected x and y of things there are/,
  );
  refuse(
    "features",
    (figure: Figure<"features">) => figure.coloured.push(9),
    /coloured: expected classes that there are/,
  );
});

Deno.test("jointFigureCsv() writes every number of a figure, with a head", () => {
  const lines = (kind: string) =>
    jointFigureCsv(jointFigures.find((one) => one.kind === kind)!).split("\r\n");
  assert.deepEqual(lines("activations").slice(0, 4), [
    "image,class,row,layer,cosine,y,x,activation",
    "set/cat,cat,rn18-seed-200,c4,0.5,0,0,0",
    "set/cat,cat,rn18-seed-200,c4,0.5,0,1,1",
    "set/cat,cat,rn18-lgd-200,c5,0.625,0,0,0",
  ]);
  assert.deepEqual(lines("features").slice(0, 2), [
    "panel,kind,row,item,class,x,y",
    "1,images,rn18-lgd-200,set/cat,cat,30,970",
  ]);
  assert(lines("features").includes(`2,texts,rn18-seed-200,"dog, small","dog, small",700,30`));
  assert.deepEqual(lines("confusions").slice(0, 2), [
    "first,second,cosine of texts,rn18-seed-200,rn18-lgd-200",
    `cat,"dog, small",0.75,25,12.5`,
  ]);
  assert.deepEqual(lines("gain"), [
    "class,views,rn18-seed-200,rn18-lgd-200,difference",
    "cat,4,50,75,25",
    `"dog, small",4,25,0,-25`,
    "",
  ]);
});
