/**
 * The icon sets: who drew them, under which licence, and on which side of every split they are.
 *
 * @module
 */

import type { SplitInfo, SplitName } from "../../dataset.ts";

/** One set of icons, drawn by one artist or team. */
export interface IconSetInfo {
  /** Name of the set; the group of every sample that it draws. */
  readonly name: string;
  /** npm package that holds it. */
  readonly package: string;
  /** Title for people. */
  readonly title: string;
  /** Who drew it. */
  readonly author: string;
  /** Where it comes from. */
  readonly url: string;
  /** SPDX identifier of the licence of the drawings. */
  readonly licence: string;
  /** Whether adapted images must carry the same licence. */
  readonly shareAlike: boolean;
  /** The only split in which it may be used, in every task, teachers included. */
  readonly split: SplitName;
}

/** All icon sets, in the order of the samples of a split. */
export const iconSets: readonly IconSetInfo[] = [
  {
    name: "noto",
    package: "@iconify-json/noto",
    title: "Noto Emoji",
    author: "Google Inc",
    url: "https://github.com/googlefonts/noto-emoji",
    licence: "Apache-2.0",
    shareAlike: false,
    split: "train",
  },
  {
    name: "noto-v1",
    package: "@iconify-json/noto-v1",
    title: "Noto Emoji (v1)",
    author: "Google Inc",
    url: "https://github.com/googlefonts/noto-emoji",
    licence: "Apache-2.0",
    shareAlike: false,
    split: "train",
  },
  {
    name: "fluent-emoji-flat",
    package: "@iconify-json/fluent-emoji-flat",
    title: "Fluent Emoji Flat",
    author: "Microsoft Corporation",
    url: "https://github.com/microsoft/fluentui-emoji",
    licence: "MIT",
    shareAlike: false,
    split: "train",
  },
  {
    name: "emojione",
    package: "@iconify-json/emojione",
    title: "EmojiTwo (Emoji One v2)",
    author: "Emoji One and the EmojiTwo contributors",
    url: "https://github.com/EmojiTwo/emojitwo",
    licence: "CC-BY-4.0",
    shareAlike: false,
    split: "train",
  },
  {
    name: "emojione-v1",
    package: "@iconify-json/emojione-v1",
    title: "Emoji One (v1)",
    author: "Emoji One",
    url: "https://github.com/joypixels/emojione-legacy",
    licence: "CC-BY-SA-4.0",
    shareAlike: true,
    split: "train",
  },
  {
    name: "fxemoji",
    package: "@iconify-json/fxemoji",
    title: "Firefox OS Emoji",
    author: "Mozilla",
    url: "https://github.com/mozilla/fxemoji",
    // The package says Apache-2.0; the project's LICENSE.md puts the drawings under CC-BY-4.0.
    licence: "CC-BY-4.0",
    shareAlike: false,
    split: "dev",
  },
  {
    name: "twemoji",
    package: "@iconify-json/twemoji",
    title: "Twemoji",
    author: "Twitter and the jdecked/twemoji contributors",
    url: "https://github.com/jdecked/twemoji",
    licence: "CC-BY-4.0",
    shareAlike: false,
    split: "val",
  },
  {
    name: "openmoji",
    package: "@iconify-json/openmoji",
    title: "OpenMoji",
    author: "OpenMoji, the open-source emoji and icon project",
    url: "https://github.com/hfg-gmuend/openmoji",
    licence: "CC-BY-SA-4.0",
    shareAlike: true,
    split: "ood",
  },
];

const trainSets = iconSets.filter((set) => set.split === "train").length;

/** The splits of every embedded data set: one icon set each, but for training. */
export const emojiSplits: readonly SplitInfo[] = [
  { name: "train", role: "train", title: `${trainSets} icon sets` },
  { name: "dev", role: "tune", title: "Firefox OS Emoji" },
  { name: "val", role: "test", title: "Twemoji" },
  { name: "ood", role: "test", title: "OpenMoji" },
];

/** The icon sets of one split. */
export function iconSetsOf(split: SplitName): readonly IconSetInfo[] {
  return iconSets.filter((set) => set.split === split);
}

/** Names of the icon sets for training whose licence has no share-alike duty: what a shipped teacher sees. */
export const teacherIconSets: readonly string[] = iconSets
  .filter((set) => set.split === "train" && !set.shareAlike)
  .map((set) => set.name);

/** One line of credit for each set, fit for a report or a README. */
export function creditLines(): string[] {
  const lines = iconSets.map((set) =>
    `${set.title} by ${set.author} (${set.url}), ${set.licence}; rasterised and composited`
  );
  lines.push(
    "Names and keywords: Unicode CLDR (Unicode licence) through emojibase-data, " +
      "unicode-emoji-json and emojilib (MIT)",
  );
  return lines;
}
