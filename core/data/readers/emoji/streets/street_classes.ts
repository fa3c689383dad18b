/**
 * The 19 classes of Cityscapes, and the emojis that stand for them in street scenes.
 *
 * @module
 */

import { cityscapesClasses } from "../../label_maps/cityscapes_labels.ts";
import type { Concept } from "../concepts.ts";
import {
  type ConceptsByClass,
  type MappedSubject,
  mappedSubjects,
} from "../mapped/mapped_subjects.ts";

/** Names of Cityscapes' classes in the order of their train ids. */
export const streetClasses = cityscapesClasses;

/** Name of a class. */
export type StreetClass = typeof streetClasses[number];

/**
 * Concepts of each class that has icons; other classes are drawn without. None of the icons has
 * ground in it, which is why mountain bikers are not among the riders.
 */
const conceptsOf: ConceptsByClass<StreetClass> = {
  building: [
    "house",
    "derelict-house",
    "office-building",
    "post-office",
    "hospital",
    "bank",
    "hotel",
    "convenience-store",
    "school",
    "department-store",
    "church",
  ],
  "traffic light": ["vertical-traffic-light"],
  "traffic sign": ["stop-sign"],
  vegetation: ["evergreen-tree", "deciduous-tree", "palm-tree", "herb"],
  person: ["person-walking", "person-running", "person-standing"],
  rider: ["person-biking", "horse-racing"],
  car: ["automobile", "taxi", "police-car", "oncoming-automobile", "oncoming-taxi"],
  truck: ["delivery-truck", "articulated-lorry", "fire-engine", "pickup-truck"],
  bus: ["bus", "oncoming-bus", "trolleybus", "minibus"],
  train: ["train", "tram", "railway-car", "light-rail", "high-speed-train"],
  motorcycle: ["motorcycle", "motor-scooter"],
  bicycle: ["bicycle"],
};

/** The concepts that street scenes show, in the order of the classes. */
export function streetSubjects(concepts: readonly Concept[]): MappedSubject<StreetClass>[] {
  return mappedSubjects(streetClasses, conceptsOf, concepts);
}
