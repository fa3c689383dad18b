/**
 * The 30 of ADE20K's classes that rooms and farms show, and the emojis that stand for them.
 *
 * @module
 */

import type { Concept } from "../concepts.ts";
import {
  type ConceptsByClass,
  type MappedSubject,
  mappedSubjects,
} from "../mapped/mapped_subjects.ts";
import { notJudgedClass } from "../mapped/scene_parts.ts";

/** Names in the order that they have among ADE20K's 150; of several names of a class the first. */
export const placeClasses = [
  "wall",
  "sky",
  "floor",
  "tree",
  "ceiling",
  "windowpane",
  "grass",
  "cabinet",
  "person",
  "door",
  "table",
  "mountain",
  "plant",
  "curtain",
  "chair",
  "painting",
  "sofa",
  "house",
  "rug",
  "field",
  "fence",
  "lamp",
  "refrigerator",
  "flower",
  "book",
  "television",
  "bottle",
  "food",
  "animal",
  "clock",
] as const;

/** Name of a class. */
export type PlaceClass = typeof placeClasses[number];

/** Animals that are in rooms too. */
export const pets: ReadonlySet<string> = new Set(["dog", "poodle", "cat", "black-cat", "rabbit"]);

/** Animals that are on farms alone. */
const livestock = [
  "horse",
  "cow",
  "ox",
  "water-buffalo",
  "pig",
  "ram",
  "ewe",
  "goat",
  "donkey",
  "llama",
  "chicken",
  "rooster",
  "duck",
  "goose",
];

/** Things of a room that have none of the names, and those of a farm. */
export const otherThings = {
  room: new Set(["teapot", "radio", "telephone", "guitar", "basket", "backpack", "candle", "drum"]),
  farm: new Set(["tractor", "ladder", "bucket", "wheel", "toolbox"]),
} satisfies Record<string, ReadonlySet<string>>;

/** Concepts of each class that has icons; all other areas are drawn without. */
const conceptsOf: ConceptsByClass<PlaceClass> = {
  sky: ["sun", "cloud"],
  tree: ["evergreen-tree", "deciduous-tree"],
  person: [
    "person-walking",
    "person-running",
    "person-standing",
    "person-kneeling",
    "woman-dancing",
    "man-dancing",
  ],
  door: ["door"],
  plant: ["potted-plant", "cactus", "herb", "seedling"],
  chair: ["chair"],
  house: ["house", "derelict-house", "hut"],
  flower: ["bouquet", "rose", "hibiscus", "sunflower", "blossom", "tulip", "hyacinth"],
  book: ["closed-book", "open-book", "green-book", "blue-book", "orange-book", "books"],
  television: ["television"],
  bottle: ["baby-bottle", "bottle-with-popping-cork", "lotion-bottle"],
  food: [
    "bread",
    "croissant",
    "pretzel",
    "cheese-wedge",
    "hamburger",
    "pizza",
    "hot-dog",
    "sandwich",
    "taco",
    "doughnut",
    "cookie",
    "birthday-cake",
    "shortcake",
    "pie",
    "red-apple",
    "banana",
    "grapes",
    "watermelon",
    "pineapple",
    "strawberry",
    "carrot",
    "ear-of-corn",
  ],
  animal: [...pets, ...livestock],
  clock: ["mantelpiece-clock", "alarm-clock"],
  [notJudgedClass]: [...otherThings.room, ...otherThings.farm],
};

/** The concepts that rooms and farms show, in the order of the classes. */
export function placeSubjects(concepts: readonly Concept[]): MappedSubject<PlaceClass>[] {
  return mappedSubjects([...placeClasses, notJudgedClass], conceptsOf, concepts);
}
