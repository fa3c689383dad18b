/**
 * Makes the parts of a scene from a stream of random numbers.
 *
 * @module
 */

import type { RandomStream } from "../../../../random.ts";
import type { SceneIcon } from "../scenes/scene_sets.ts";
import type { Background } from "../views/background.ts";
import { drawPattern, type Look } from "./pattern.ts";
import type { MappedArea, MappedIcon, MappedMaterial, PartClass, Point } from "./scene_parts.ts";

/** How much of an icon's side lies between its middle and what it stands on. */
const footing = 0.47;

/** Makes areas and icons; sets of scenes add what they need. */
export class PartBuilder<C extends string> {
  readonly random: RandomStream;
  readonly #material: MappedMaterial<C>;
  readonly #looks: Readonly<Partial<Record<PartClass<C>, Look>>>;

  constructor(
    random: RandomStream,
    material: MappedMaterial<C>,
    looks: Readonly<Partial<Record<PartClass<C>, Look>>>,
  ) {
    this.random = random;
    this.#material = material;
    this.#looks = looks;
  }

  /** A pattern as areas of a class have it. */
  pattern(name: PartClass<C>): Background {
    const look = this.#looks[name];
    if (look === undefined) throw new Error(`internal: no look of ${name}`);
    return drawPattern(this.random, look);
  }

  /** An area. @param pattern By default one that is drawn for it. */
  area(
    name: PartClass<C>,
    corners: readonly Point[],
    pattern: Background = this.pattern(name),
  ): MappedArea<C> {
    return { kind: "area", class: name, corners, pattern };
  }

  /** An area between two corners. */
  rectangle(
    name: PartClass<C>,
    x0: number,
    y0: number,
    x1: number,
    y1: number,
    pattern: Background = this.pattern(name),
  ): MappedArea<C> {
    return this.area(name, [[x0, y0], [x1, y0], [x1, y1], [x0, y1]], pattern);
  }

  /** An ellipse, by its middle and half its sides. */
  ellipse(
    name: PartClass<C>,
    centreX: number,
    centreY: number,
    radiusX: number,
    radiusY: number,
    pattern: Background = this.pattern(name),
  ): MappedArea<C> {
    const corners = 24;
    return this.area(
      name,
      Array.from({ length: corners }, (_, index): Point => {
        const angle = 2 * Math.PI * index / corners;
        return [centreX + radiusX * Math.cos(angle), centreY + radiusY * Math.sin(angle)];
      }),
      pattern,
    );
  }

  /** The icons of a class, or those of them that are named. */
  icons(name: PartClass<C>, among?: ReadonlySet<string>): readonly SceneIcon[] {
    const icons = this.#material.icons.get(name) ?? [];
    return among === undefined ? icons : icons.filter(({ id }) => among.has(id));
  }

  /** Whether the split has icons of a class. */
  hasIcons(name: PartClass<C>, among?: ReadonlySet<string>): boolean {
    return this.icons(name, among).length > 0;
  }

  /** An icon that stands on `bottom`. */
  icon(
    name: PartClass<C>,
    side: number,
    centreX: number,
    bottom: number,
    among?: ReadonlySet<string>,
  ): MappedIcon<C> {
    return {
      kind: "icon",
      class: name,
      icon: this.random.choose(this.icons(name, among)),
      side,
      centreX,
      centreY: bottom - footing * side,
      rotation: 0,
      flip: this.random.uniform() < 0.5,
    };
  }
}
