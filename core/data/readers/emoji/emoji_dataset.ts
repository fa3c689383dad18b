/**
 * The embedded datasets: icons of eight artists, composed into views.
 *
 * @module
 */

import { ConfigError } from "../../../errors.ts";
import { hashJson } from "../../../files.ts";
import {
  checkLoadViewsOptions,
  checkSplit,
  type Dataset,
  datasetRegistry,
  type LoadViewsOptions,
  type OpenViewsOptions,
  type Sample,
  type SplitName,
  type ViewSet,
  type ViewSource,
} from "../../dataset.ts";
import { readCachedViews, sharedBytes, writeCachedViews } from "../../view_cache.ts";
import {
  composeView,
  compositionVersion,
  createViewParameters,
  drawViewParameters,
  seedOfView,
} from "./views/composed_view.ts";
import { loadConcepts } from "./concepts.ts";
import { type IconSetInfo, iconSetsOf } from "./credits.ts";
import { type EmojiSet, type EmojiSetContent, emojiSets, selectConcepts } from "./emoji_sets.ts";
import { type IconPack, listIcons, loadIcons } from "./icon_raster.ts";
import { levelBytes, levelFor } from "./mipmaps.ts";

/** A sample and where its pixels are. */
interface EmojiSample extends Sample {
  readonly conceptId: string;
  readonly set: IconSetInfo;
}

/** Draws views of icons. */
class EmojiViewSource implements ViewSource {
  readonly samples: readonly EmojiSample[];
  readonly #augmented: boolean;
  readonly #parameters = createViewParameters();
  /** Icons of the artist of each sample, and the place of the sample among them. */
  readonly #packs: readonly IconPack[];
  readonly #positions: readonly number[];

  private constructor(
    samples: readonly EmojiSample[],
    augmented: boolean,
    packs: ReadonlyMap<IconSetInfo, IconPack>,
  ) {
    this.samples = samples;
    this.#augmented = augmented;
    this.#packs = samples.map((sample) => packs.get(sample.set)!);
    const places = new Map([...packs].map(([set, { list }]) => [
      set,
      new Map(list.conceptIds.map((id, index) => [id, index])),
    ]));
    this.#positions = samples.map((sample) => places.get(sample.set)!.get(sample.conceptId)!);
  }

  static async open(
    samples: readonly EmojiSample[],
    augmented: boolean,
  ): Promise<EmojiViewSource> {
    const packs = new Map<IconSetInfo, IconPack>();
    for (const set of new Set(samples.map((sample) => sample.set))) {
      packs.set(set, await loadIcons(set));
    }
    return new EmojiViewSource(samples, augmented, packs);
  }

  draw(
    sample: number,
    viewSeed: number,
    imageSize: number,
    output: Uint8Array,
    offset: number,
  ): void {
    const entry = this.samples[sample];
    if (entry === undefined) {
      throw new RangeError(
        `Cannot draw a view: sample is ${sample}, wanted 0 to ${this.samples.length - 1}`,
      );
    }
    const parameters = this.#parameters;
    drawViewParameters(viewSeed, entry.id, this.#augmented, parameters);
    const level = levelFor(imageSize * parameters.scale);
    const texture = this.#packs[sample]!.level(level);
    const textureOffset = this.#positions[sample]! * levelBytes(level);
    composeView(parameters, texture, textureOffset, level, imageSize, output, offset);
  }
}

/** One of the embedded datasets; see data/emoji/concepts.json and credits.ts. */
class EmojiDataset implements Dataset {
  readonly name: string;
  readonly title: string;
  readonly classNames: readonly string[];
  readonly splits: readonly SplitName[] = ["train", "dev", "val", "ood"];
  readonly #content: EmojiSetContent;

  constructor(set: EmojiSet, content: EmojiSetContent) {
    this.name = set.name;
    this.title = set.title;
    this.classNames = content.classNames;
    this.#content = content;
  }

  #samples(split: SplitName): readonly EmojiSample[] {
    checkSplit(this.name, split, this.splits);
    const sets = iconSetsOf(split);
    return this.#content.concepts.flatMap(({ concept, label }) =>
      sets.filter((set) => concept.icons.has(set.name))
        .map((set) => ({ id: `${set.name}/${concept.id}`, label, conceptId: concept.id, set }))
    );
  }

  // deno-lint-ignore require-await -- a wrong split must reject, not throw
  async samples(split: SplitName): Promise<readonly Sample[]> {
    return this.#samples(split).map(({ id, label }) => ({ id, label }));
  }

  async loadViews(split: SplitName, options: LoadViewsOptions): Promise<ViewSet> {
    checkLoadViewsOptions(options);
    const samples = this.#samples(split);
    const { views, imageSize, seed, onProgress } = options;
    const augmented = split === "train";
    const sets = [...new Set(samples.map((sample) => sample.set))];
    const hash = hashJson({
      compositionVersion,
      views,
      imageSize,
      seed,
      augmented,
      samples: samples.map(({ id, label }) => [id, label]),
      icons: await Promise.all(sets.map(async (set) => (await listIcons(set)).key)),
    });
    const viewBytes = imageSize * imageSize * 3;
    let pixels = (await readCachedViews(hash, samples.length, views * viewBytes))?.pixels;
    if (pixels === undefined) {
      const source = await EmojiViewSource.open(samples, augmented);
      const seeds = Array.from({ length: views }, (_, view) => seedOfView(seed, view));
      pixels = sharedBytes(samples.length * views * viewBytes);
      let paused = performance.now();
      for (let sample = 0; sample < samples.length; sample++) {
        for (let view = 0; view < views; view++) {
          const offset = (sample * views + view) * viewBytes;
          source.draw(sample, seeds[view]!, imageSize, pixels, offset);
        }
        // Let a progress bar and Ctrl-C have a turn.
        if (performance.now() - paused > 100) {
          onProgress?.(sample + 1, samples.length);
          await new Promise((resolve) => setTimeout(resolve, 0));
          paused = performance.now();
        }
      }
      await writeCachedViews(hash, { pixels, skipped: [] });
    }
    onProgress?.(samples.length, samples.length);
    return {
      samples: samples.map(({ id, label }) => ({ id, label })),
      viewsPerSample: views,
      imageSize,
      pixels,
      hash,
      skipped: [],
    };
  }

  async openViews(split: SplitName, options: OpenViewsOptions = {}): Promise<ViewSource> {
    const { artists } = options;
    let samples = this.#samples(split);
    if (artists !== undefined) {
      const known = iconSetsOf(split).map((set) => set.name);
      const wrong = artists.filter((artist) => !known.includes(artist));
      if (wrong.length > 0 || artists.length === 0) {
        throw new ConfigError(
          `Cannot open split "${split}" of ${this.name}: ${
            artists.length === 0 ? "no artist is named" : `no artist ${wrong.join(", ")}`
          }; it has ${known.join(", ")}`,
        );
      }
      samples = samples.filter((sample) => artists.includes(sample.set.name));
    }
    return await EmojiViewSource.open(samples, split === "train");
  }
}

for (const set of emojiSets) {
  datasetRegistry.register(
    set.name,
    async () => new EmojiDataset(set, selectConcepts(set, await loadConcepts())),
  );
}
