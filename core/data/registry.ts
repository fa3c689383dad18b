/**
 * The data sets, by name. A data set is one file or folder and one line here, or one plug-in file
 * that calls {@linkcode registerDataset}.
 *
 * @module
 */

import { ConfigError } from "../errors.ts";
import { userPath } from "../paths.ts";
import { unknownNameMessage } from "../registry.ts";
import type { Annotation, LabelAnnotation } from "./annotation.ts";
import type { Dataset } from "./dataset.ts";
import { cocoDialect, lvisDialect } from "./readers/coco/dialect.ts";
import { emojiSets } from "./readers/emoji/emoji_sets.ts";
import type { MappedSet } from "./readers/emoji/mapped/mapped_set.ts";
import { sceneSets } from "./readers/emoji/scenes/scene_sets.ts";
import type { LabelLayout } from "./readers/label_maps/label_layout.ts";

/** Opens a data set; loads what it needs to know its classes. */
export type DatasetLoader<A extends Annotation = Annotation> = () => Promise<Dataset<A>>;

/** Opens a data set of a family from what follows the colon of its name. */
export type DatasetFamily<A extends Annotation = Annotation> = (
  argument: string,
) => Promise<Dataset<A>>;

/** Where a data set comes from. */
export interface RegisterDatasetOptions {
  /** Takes the place of a data set of the same name. @default {false} */
  readonly override?: boolean;
  /**
   * URL of the module that registers it (`import.meta.url`): Workers import it to open the data set
   * for themselves. Without it only the thread that registered it can draw its images.
   */
  readonly module?: string;
}

interface Entry {
  readonly open: (argument: string) => Promise<Dataset<Annotation>>;
  readonly module: string | undefined;
  /** Part of the program, and no plug-in. */
  readonly builtIn: boolean;
  /** Whether the argument of a family is a path. */
  readonly takesPath?: true;
}

/** By name; families by their prefix with a colon, so that nobody else looks for one. */
const entries = new Map<string, Entry>();

/** Data sets that are open, by name, while somebody shares them. */
const opened = new Map<string, Promise<Dataset<Annotation>>>();
let sharing = 0;

/**
 * Opens each data set once while some work goes on: a large folder is listed one time, and everybody
 * sees the same images, whatever happens to the folder meanwhile.
 */
export async function withSharedDatasets<T>(work: () => Promise<T>): Promise<T> {
  sharing++;
  try {
    return await work();
  } finally {
    sharing--;
    if (sharing === 0) opened.clear();
  }
}

function register(key: string, open: Entry["open"], options: RegisterDatasetOptions): void {
  if (entries.has(key) && options.override !== true) {
    throw new ConfigError(`Cannot register dataset "${key}": the name is taken`);
  }
  opened.clear();
  entries.set(key, { open, module: options.module, builtIn: false });
}

/**
 * Registers a data set.
 *
 * @throws {ConfigError} where the name is taken, empty, or has a colon, which belongs to families.
 */
export function registerDataset<A extends Annotation>(
  name: string,
  loader: DatasetLoader<A>,
  options: RegisterDatasetOptions = {},
): void {
  if (!/^[^\s:]+$/.test(name)) {
    throw new ConfigError(
      `Cannot register dataset "${name}": expected a name without spaces and colons`,
    );
  }
  register(name, loader as DatasetLoader, options);
}

/**
 * Registers a family of data sets: `PREFIX:ARGUMENT` opens one.
 *
 * @throws {ConfigError} where the prefix is taken, empty, or has a colon.
 */
export function registerDatasetFamily<A extends Annotation>(
  prefix: string,
  opener: DatasetFamily<A>,
  options: RegisterDatasetOptions = {},
): void {
  if (!/^[^\s:]+$/.test(prefix)) {
    throw new ConfigError(
      `Cannot register datasets "${prefix}:…": expected a prefix without spaces and colons`,
    );
  }
  register(`${prefix}:`, opener as DatasetFamily, options);
}

/** The built-in data sets: one line each. */
for (const set of emojiSets) {
  entries.set(set.name, {
    open: async () =>
      await (await import("./readers/emoji/emoji_dataset.ts")).openEmojiDataset(set),
    module: undefined,
    builtIn: true,
  });
}
for (const set of sceneSets) {
  entries.set(set.name, {
    open: async () =>
      await (await import("./readers/emoji/scenes/scene_dataset.ts")).openSceneDataset(set),
    module: undefined,
    builtIn: true,
  });
}
const mappedSets: Readonly<Record<string, () => Promise<MappedSet>>> = {
  "emojiscapes-19": async () => (await import("./readers/emoji/streets/street_set.ts")).streetSet,
  "emojiade-30": async () => (await import("./readers/emoji/places/place_set.ts")).placeSet,
};
for (const [name, load] of Object.entries(mappedSets)) {
  entries.set(name, {
    open: async () => {
      const { openMappedDataset } = await import("./readers/emoji/mapped/mapped_dataset.ts");
      return openMappedDataset(await load());
    },
    module: undefined,
    builtIn: true,
  });
}
/** A family whose argument is the path of a folder. */
function addFolderFamily(prefix: string, open: DatasetFamily): void {
  entries.set(`${prefix}:`, {
    // An empty path names no folder; it does not mean the one where the user stands.
    open: (path) => open(path === "" ? "" : userPath(path)),
    module: undefined,
    builtIn: true,
    takesPath: true,
  });
}
addFolderFamily(
  "imagefolder",
  async (path) =>
    await (await import("./readers/imagefolder/image_folder_dataset.ts")).openImageFolder(path),
);
for (const dialect of [cocoDialect, lvisDialect]) {
  addFolderFamily(
    dialect.family,
    async (path) =>
      await (await import("./readers/coco/annotated_dataset.ts"))
        .openAnnotatedDataset(path, dialect),
  );
}

/** Layouts of folders with a label file for each image. */
const labelLayouts: Readonly<Record<string, () => Promise<LabelLayout>>> = {
  cityscapes: async () =>
    (await import("./readers/label_maps/cityscapes_layout.ts")).cityscapesLayout,
  ade20k: async () => (await import("./readers/label_maps/ade20k_layout.ts")).ade20kLayout,
  voc: async () => (await import("./readers/label_maps/voc_layout.ts")).vocLayout,
};
for (const [family, load] of Object.entries(labelLayouts)) {
  addFolderFamily(family, async (path) => {
    const { openLabelledDataset } = await import("./readers/label_maps/labelled_dataset.ts");
    return await openLabelledDataset(path, await load());
  });
}

/** A name that means a data set of a family. */
export interface FamilyName {
  /** `"imagefolder"`. */
  readonly family: string;
  /** What follows the colon. */
  readonly argument: string;
}

/** The family that a name belongs to, and its argument; undefined for a data set of its own. */
export function datasetFamilyOf(name: string): FamilyName | undefined {
  const colon = name.indexOf(":");
  if (colon < 0 || !entries.has(name.slice(0, colon + 1))) return undefined;
  return { family: name.slice(0, colon), argument: name.slice(colon + 1) };
}

/** The file or folder that a name points to; undefined for a data set that is not on the user's disk. */
export function datasetPath(name: string): string | undefined {
  const family = datasetFamilyOf(name);
  return family !== undefined && entries.get(`${family.family}:`)!.takesPath === true
    ? family.argument
    : undefined;
}

function find(name: string): { entry: Entry; argument: string } | undefined {
  const family = datasetFamilyOf(name);
  if (family !== undefined) {
    return { entry: entries.get(`${family.family}:`)!, argument: family.argument };
  }
  const entry = name.endsWith(":") ? undefined : entries.get(name);
  return entry && { entry, argument: "" };
}

/** Whether a data set is one that the program brings with it, and no folder and no plug-in. */
export function isEmbeddedDataset(name: string): boolean {
  return datasetFamilyOf(name) === undefined && find(name)?.entry.builtIn === true;
}

/**
 * Modules that a Worker must import to open a data set; undefined where it cannot, for nobody said
 * which module registers it.
 */
export function datasetModules(name: string): readonly string[] | undefined {
  const entry = find(name)?.entry;
  if (entry === undefined) return undefined;
  if (entry.module !== undefined) return [entry.module];
  return entry.builtIn ? [] : undefined;
}

/** The message for a data set name that is not known, with the nearest names. */
function unknownDatasetMessage(name: string): string {
  const families = datasetFamilyNames().map((family) => `${family}:PATH`);
  return unknownNameMessage("dataset", name, [...datasetNames(), ...families]);
}

/**
 * Opens a data set.
 *
 * @typeParam A Its annotations: labels, unless the caller knows better.
 * @param name An embedded data set (`"emojinet-100"`), one of a plug-in, or `"imagefolder:PATH"`.
 * @throws {ConfigError} with the nearest names where there is no such data set.
 */
export async function getDataset<A extends Annotation = LabelAnnotation>(
  name: string,
): Promise<Dataset<A>> {
  const found = find(name);
  if (found === undefined) throw new ConfigError(unknownDatasetMessage(name));
  const open = () => found.entry.open(found.argument);
  if (sharing === 0) return await open() as Dataset<Annotation> as Dataset<A>;
  const shared = opened.get(name) ?? open();
  opened.set(name, shared);
  try {
    return await shared as Dataset<Annotation> as Dataset<A>;
  } catch (error) {
    opened.delete(name);
    throw error;
  }
}

/** Names of the data sets that have one of their own, in the order of registration. */
export function datasetNames(): string[] {
  return [...entries.keys()].filter((name) => !name.endsWith(":"));
}

/** Prefixes of the families: `imagefolder` for `imagefolder:PATH`. */
export function datasetFamilyNames(): string[] {
  return [...entries.keys()].filter((key) => key.endsWith(":")).map((key) => key.slice(0, -1));
}

/** A data set as plug-ins bring it. */
interface PluginDataset {
  readonly name: string;
  readonly load: DatasetLoader;
}

/** What a module's default export may have: one data set, or several. */
interface PluginModule {
  readonly default?: { readonly dataset?: PluginDataset | readonly PluginDataset[] };
}

/**
 * Imports the modules of a data set in a Worker and opens it. A module registers it itself, or has
 * it in its default export as plug-ins do.
 */
export async function openDatasetInWorker(
  name: string,
  modules: readonly string[],
): Promise<Dataset<Annotation>> {
  for (const url of modules) {
    const { default: plugin } = await import(url) as PluginModule;
    for (const dataset of [plugin?.dataset ?? []].flat()) {
      if (entries.get(dataset.name)?.module === url) continue;
      registerDataset(dataset.name, dataset.load, { module: url, override: true });
    }
  }
  return await getDataset<Annotation>(name);
}
