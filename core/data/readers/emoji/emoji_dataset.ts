/**
 * The embedded data sets: icons of eight icon sets, composed into views.
 *
 * @module
 */

import { ConfigError } from "../../../errors.ts";
import { hashJson } from "../../../files.ts";
import type { LabelAnnotation } from "../../annotation.ts";
import type { RgbImage } from "../../augmentation/image_memory.ts";
import {
  type Dataset,
  getSplit,
  type SplitInfo,
  type SplitName,
  type ViewComposer,
  type ViewSource,
} from "../../dataset.ts";
import { SampleList } from "../../sample_list.ts";
import { loadConcepts } from "./concepts.ts";
import { creditLines, emojiSplits, type IconSetInfo, iconSetsOf } from "./credits.ts";
import { type EmojiSet, type EmojiSetContent, selectConcepts } from "./emoji_sets.ts";
import { type IconPack, listIcons, loadIcons } from "./icon_raster.ts";
import { levelBytes, levelFor, levelSizes } from "./mipmaps.ts";
import {
  composeView,
  type Composition,
  compositionVersion,
  createViewParameters,
  drawViewParameters,
  quietComposition,
  strongComposition,
} from "./views/composed_view.ts";

/** A sample and where its pixels are. */
interface EmojiSample {
  readonly id: string;
  readonly label: number;
  readonly conceptId: string;
  readonly set: IconSetInfo;
}

function listSamples(samples: readonly EmojiSample[]): SampleList {
  return SampleList.from(samples.map(({ id, label }) => ({ id, label })));
}

/** Where the pixels of icons are. */
class IconTextures {
  /** Icons of the icon set of each sample, and the place of the sample among them. */
  readonly #packs: readonly IconPack[];
  readonly #positions: readonly number[];

  private constructor(
    samples: readonly EmojiSample[],
    packs: ReadonlyMap<IconSetInfo, IconPack>,
  ) {
    this.#packs = samples.map((sample) => packs.get(sample.set)!);
    const places = new Map([...packs].map(([set, { list }]) => [
      set,
      new Map(list.conceptIds.map((id, index) => [id, index])),
    ]));
    this.#positions = samples.map((sample) => places.get(sample.set)!.get(sample.conceptId)!);
  }

  static async load(samples: readonly EmojiSample[]): Promise<IconTextures> {
    const packs = new Map<IconSetInfo, IconPack>();
    for (const set of new Set(samples.map((sample) => sample.set))) {
      packs.set(set, await loadIcons(set));
    }
    return new IconTextures(samples, packs);
  }

  /** Premultiplied RGBA with a border, and where an icon begins in it. */
  find(sample: number, level: number): { texture: Uint8Array; offset: number } {
    return {
      texture: this.#packs[sample]!.level(level),
      offset: this.#positions[sample]! * levelBytes(level),
    };
  }
}

/** Draws views of icons. */
class EmojiViewSource implements ViewSource {
  readonly samples: SampleList;
  readonly #ids: readonly string[];
  readonly #style: { readonly composition: Composition; readonly augmented: boolean };
  readonly #parameters = createViewParameters();
  readonly #textures: IconTextures;

  constructor(
    samples: readonly EmojiSample[],
    textures: IconTextures,
    style: { readonly composition: Composition; readonly augmented: boolean },
  ) {
    this.samples = listSamples(samples);
    this.#ids = samples.map(({ id }) => id);
    this.#textures = textures;
    this.#style = style;
  }

  draw(
    sample: number,
    viewSeed: number,
    imageSize: number,
    output: Uint8Array,
    offset: number,
  ): void {
    const id = this.#ids[sample];
    if (id === undefined) {
      throw new RangeError(
        `Cannot draw a view: sample is ${sample}, expected 0 to ${this.#ids.length - 1}`,
      );
    }
    const parameters = this.#parameters;
    drawViewParameters(viewSeed, id, this.#style, parameters);
    const level = levelFor(imageSize * parameters.scale);
    const { texture, offset: textureOffset } = this.#textures.find(sample, level);
    composeView(parameters, texture, textureOffset, level, imageSize, output, offset);
  }
}

/** One of the embedded data sets; see data/emoji/concepts.json and credits.ts. */
class EmojiDataset implements Dataset {
  readonly name: string;
  readonly title: string;
  readonly credits: readonly string[] = creditLines();
  readonly annotationKind = "label";
  readonly classNames: readonly string[];
  readonly splits: readonly SplitInfo[] = emojiSplits;
  readonly composer: ViewComposer;
  readonly #content: EmojiSetContent;
  readonly #textures = new Map<SplitName, Promise<IconTextures>>();

  constructor(set: EmojiSet, content: EmojiSetContent) {
    this.name = set.name;
    this.title = set.title;
    this.classNames = content.classNames;
    this.#content = content;
    this.composer = {
      content: async (split) => ({
        compositionVersion,
        composition: quietComposition,
        icons: await this.#iconKeys(split),
      }),
      open: (split, options) => this.#open(split, options),
    };
  }

  #samples(split: SplitName): readonly EmojiSample[] {
    getSplit(this, split);
    const sets = iconSetsOf(split);
    return this.#content.concepts.flatMap(({ concept, label }) =>
      sets.filter((set) => concept.icons.has(set.name))
        .map((set) => ({ id: `${set.name}/${concept.id}`, label, conceptId: concept.id, set }))
    );
  }

  // deno-lint-ignore require-await -- a wrong split must reject, not throw
  async samples(split: SplitName): Promise<SampleList> {
    return listSamples(this.#samples(split));
  }

  // deno-lint-ignore require-await -- as above
  async annotation(split: SplitName, index: number): Promise<LabelAnnotation> {
    return { kind: "label", label: this.#sample(split, index).label };
  }

  #sample(split: SplitName, index: number): EmojiSample {
    const samples = this.#samples(split);
    const sample = samples[index];
    if (sample === undefined) {
      throw new RangeError(
        `Split "${split}" of ${this.name} has no sample ${index}: expected 0 to ${
          samples.length - 1
        }`,
      );
    }
    return sample;
  }

  /** The bare icon on white, 128 pixels a side. */
  async decode(split: SplitName, index: number): Promise<RgbImage> {
    this.#sample(split, index);
    let textures = this.#textures.get(split);
    if (textures === undefined) {
      textures = IconTextures.load(this.#samples(split));
      this.#textures.set(split, textures);
      textures.catch(() => this.#textures.delete(split));
    }
    const size = levelSizes[0], stride = size + 2;
    const { texture, offset } = (await textures).find(index, size);
    const pixels = new Uint8Array(size * size * 3);
    for (let y = 0; y < size; y++) {
      for (let x = 0; x < size; x++) {
        const from = offset + ((y + 1) * stride + x + 1) * 4;
        const white = 255 - texture[from + 3]!;
        for (let channel = 0; channel < 3; channel++) {
          pixels[(y * size + x) * 3 + channel] = texture[from + channel]! + white;
        }
      }
    }
    return { width: size, height: size, pixels };
  }

  async #iconKeys(split: SplitName): Promise<string[]> {
    const sets = [...new Set(this.#samples(split).map((sample) => sample.set))];
    return await Promise.all(sets.map(async (set) => (await listIcons(set)).key));
  }

  async fingerprint(split: SplitName): Promise<string> {
    return hashJson({
      samples: this.#samples(split).map(({ id, label }) => [id, label]),
      icons: await this.#iconKeys(split),
      compositionVersion,
      composition: quietComposition,
    });
  }

  skipped(): readonly [] {
    return [];
  }

  async #open(
    split: SplitName,
    { groups, role = getSplit(this, split).role, strong = false }: Parameters<
      ViewComposer["open"]
    >[1] = {},
  ): Promise<ViewSource> {
    let samples = this.#samples(split);
    if (groups !== undefined) {
      const known = iconSetsOf(split).map((set) => set.name);
      const wrong = groups.filter((group) => !known.includes(group));
      if (wrong.length > 0 || groups.length === 0) {
        throw new ConfigError(
          `Cannot open split "${split}" of ${this.name}: ${
            groups.length === 0 ? "no icon set is named" : `no icon set ${wrong.join(", ")}`
          }; it has ${known.join(", ")}`,
        );
      }
      samples = samples.filter((sample) => groups.includes(sample.set.name));
    }
    return new EmojiViewSource(samples, await IconTextures.load(samples), {
      composition: strong ? strongComposition : quietComposition,
      augmented: role === "train",
    });
  }
}

/** Opens an embedded data set. @throws {DataError} where the concept table cannot be read. */
export async function openEmojiDataset(set: EmojiSet): Promise<Dataset> {
  return new EmojiDataset(set, selectConcepts(set, await loadConcepts()));
}
