import assert from "node:assert/strict";
import { iconSets } from "../credits.ts";
import { levelBytes } from "../mipmaps.ts";
import { createBackground } from "../views/background.ts";
import { drawScene, sceneBytes } from "./draw_scene.ts";
import { type PlacedIcon, sceneSide } from "./scene_layout.ts";

/** A full red tile at any level. */
function redTile(level: number): Uint8Array {
  const texture = new Uint8Array(levelBytes(level));
  const stride = level + 2;
  for (let y = 1; y <= level; y++) {
    for (let x = 1; x <= level; x++) texture.set([255, 0, 0, 255], (y * stride + x) * 4);
  }
  return texture;
}

function place(change: Partial<PlacedIcon>): PlacedIcon {
  return {
    icon: { id: "a", set: iconSets[0]! },
    category: 3,
    side: 32,
    centreX: 64,
    centreY: 64,
    rotation: 0,
    flip: false,
    ...change,
  };
}

function draw(icons: readonly PlacedIcon[]): { pixels: Uint8Array; owners: Uint8Array } {
  const scene = new Uint8Array(sceneBytes);
  const background = createBackground();
  background.kind = "gradient";
  drawScene(
    { background, icons },
    (_, level) => ({ texture: redTile(level), offset: 0 }),
    scene,
    0,
  );
  const area = sceneSide ** 2;
  return { pixels: scene.subarray(0, 3 * area), owners: scene.subarray(3 * area) };
}

const count = (owners: Uint8Array, owner: number) =>
  owners.reduce((sum, value) => sum + Number(value === owner), 0);

Deno.test("drawScene draws a tile where it was placed", () => {
  const { pixels, owners } = draw([place({})]);
  assert.equal(count(owners, 1), 32 * 32);
  for (const [x, y, owner] of [[48, 48, 1], [79, 79, 1], [47, 64, 0], [64, 80, 0]] as const) {
    assert.equal(owners[y * sceneSide + x], owner);
    assert.deepEqual(
      [...pixels.subarray(3 * (y * sceneSide + x)).subarray(0, 3)],
      [255 * owner, 0, 0],
    );
  }
  // A turn keeps the area, but for its edge.
  const turned = draw([place({ rotation: 0.3, flip: true })]);
  assert.ok(Math.abs(count(turned.owners, 1) - 32 * 32) < 40);
});

Deno.test("drawScene labels an object of which more than a quarter is seen", () => {
  const near = (centreX: number) => place({ category: -1, centreX });
  // 24 of 32 columns are hidden: a quarter is left, which is not enough. One more column is.
  assert.deepEqual([...new Set(draw([place({}), near(72)]).owners)].sort(), [0]);
  const { owners } = draw([place({}), near(73)]);
  assert.equal(count(owners, 1), 9 * 32);
  assert.equal(count(owners, 2), 0);
  // The border of the scene hides as well.
  assert.equal(count(draw([place({ centreX: -9 })]).owners, 1), 0);
  assert.equal(count(draw([place({ centreX: -7 })]).owners, 1), 9 * 32);
});

Deno.test("drawScene labels an object of more than 30 pixels", () => {
  assert.equal(count(draw([place({ side: 5 })]).owners, 1), 0);
  assert.equal(count(draw([place({ side: 6 })]).owners, 1), 36);
});

Deno.test("drawScene lets nearer objects hide those behind them", () => {
  const { owners } = draw([place({}), place({ centreX: 80 }), place({ centreX: 96 })]);
  assert.deepEqual([1, 2, 3].map((owner) => count(owners, owner)), [512, 512, 1024]);
});
