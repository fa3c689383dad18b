import assert from "node:assert/strict";
import { join } from "node:path";
import sharp from "sharp";
import { ConfigError, DataError } from "../../../errors.ts";
import type { SegmentationAnnotation } from "../../annotation.ts";
import { type Dataset, splitNames } from "../../dataset.ts";
import { datasetPath, getDataset } from "../../registry.ts";
import {
  type LabelFixture,
  readExpectedMaps,
  readLabelFiles,
  withLabelFolder,
} from "./testdata/label_folders.ts";

const open = (name: string) => getDataset<SegmentationAnnotation>(name);

/** Maps of all images, by image. */
async function readMaps(
  dataset: Dataset<SegmentationAnnotation>,
): Promise<Record<string, number[][]>> {
  const maps: Record<string, number[][]> = {};
  for (const split of splitNames(dataset)) {
    const samples = await dataset.samples(split);
    for (let index = 0; index < samples.length; index++) {
      const { width, height, map, kind } = await dataset.annotation(split, index);
      assert.equal(kind, "segmentation");
      assert.equal(map.length, width * height);
      const image = await dataset.decode(split, index);
      assert.deepEqual([image.width, image.height], [width, height]);
      maps[samples.id(index)] = Array.from(
        { length: height },
        (_, y) => [...map.subarray(y * width, (y + 1) * width)],
      );
    }
  }
  return maps;
}

async function expectedOf(prefix: string): Promise<Record<string, unknown>> {
  const expected = await readExpectedMaps();
  return Object.fromEntries(Object.entries(expected).filter(([image]) => image.startsWith(prefix)));
}

/** What is left out of a split, a line each. */
function leftOut(dataset: Dataset<SegmentationAnnotation>, split: string): string[] {
  return dataset.skipped(split).map(({ path, reason }) => `${path}: ${reason}`);
}

Deno.test("cityscapes:FOLDER reads the classes that cityscapesScripts reads, of either kind of ids", async () => {
  for (const fixture of ["cityscapes", "cityscapes-train-ids"] as const) {
    await withLabelFolder(fixture, async (folder) => {
      const dataset = await open(`cityscapes:${folder}`);
      assert.equal(dataset.annotationKind, "segmentation");
      assert.equal(dataset.classNames.length, 19);
      assert.deepEqual([dataset.classNames[0], dataset.classNames[18]], ["road", "bicycle"]);
      // What is called test has no labels that are published.
      assert.deepEqual(dataset.splits.map(({ name, role }) => [name, role]), [
        ["train", "train"],
        ["val", "test"],
      ]);
      assert.deepEqual(await readMaps(dataset), await expectedOf("leftImg8bit/"));
      if (fixture === "cityscapes") {
        assert.deepEqual(leftOut(dataset, "val"), [
          "gtFine/val/frankfurt/frankfurt_000001_000019_gtFine_labelIds.png: there is no image of it in leftImg8bit/val/frankfurt",
          "leftImg8bit/val/frankfurt/frankfurt_000000_000576_leftImg8bit.png: it has no label file in gtFine/val/frankfurt",
        ]);
      }
    });
  }
});

Deno.test("ade20k:FOLDER reads the classes from 1, and 0 as not judged, with the names of the table", async () => {
  await withLabelFolder("ade20k", async (folder) => {
    const dataset = await open(`ade20k:${folder}`);
    assert.deepEqual(dataset.classNames.slice(0, 9), [
      "wall",
      "building",
      "sky",
      "floor",
      "tree",
      "ceiling",
      "road",
      "bed",
      "windowpane",
    ]);
    assert.deepEqual(dataset.splits.map(({ name, role }) => [name, role]), [
      ["training", "train"],
      ["validation", "test"],
    ]);
    assert.deepEqual(await readMaps(dataset), await expectedOf("images/"));
    assert.deepEqual(leftOut(dataset, "training"), []);
    // An image of which nothing is judged is an image.
    const { map } = await dataset.annotation("validation", 1);
    assert.ok(map.every((value) => value === 255));
  });
});

Deno.test("voc:FOLDER reads the places in palettes, and lists what its lists name in vain", async () => {
  await withLabelFolder("voc", async (folder) => {
    const dataset = await open(`voc:${folder}`);
    assert.equal(dataset.classNames.length, 21);
    assert.equal(dataset.classNames[20], "tvmonitor");
    // Nothing of test.txt has a label file.
    assert.deepEqual(dataset.splits.map(({ name, role }) => [name, role]), [
      ["train", "train"],
      ["trainval", "train"],
      ["val", "test"],
    ]);
    assert.deepEqual(await readMaps(dataset), await expectedOf("JPEGImages/"));
    assert.deepEqual((await dataset.samples("val")).ids(), ["JPEGImages/2007_000033.jpg"]);
    assert.deepEqual(leftOut(dataset, "val"), [
      "2007_000033: it is listed before",
      "ImageSets/Segmentation/val.txt:4: it is not an id: expected letters, digits, _, . and -",
      "JPEGImages/2007_000042.jpg: it has no label file in SegmentationClass",
      "JPEGImages/2007_000061.jpg: there is no such file",
    ]);
  });
});

/** Label file of the first image of a split of each layout. */
const labelPaths: Readonly<Record<string, string>> = {
  cityscapes: "gtFine/val/frankfurt/frankfurt_000000_000294_gtFine_labelIds.png",
  "cityscapes-train-ids": "gtFine/val/frankfurt/frankfurt_000000_000294_gtFine_labelTrainIds.png",
  ade20k: "ADEChallengeData2016/annotations/validation/ADE_val_00000001.png",
  voc: "VOCdevkit/VOC2012/SegmentationClass/2007_000033.png",
};

/** A grey PNG, with one number in another place. */
async function greyPng(width: number, height: number, value: number): Promise<Uint8Array> {
  const pixels = new Uint8Array(width * height).fill(7);
  pixels[width + 2] = value;
  return await sharp(pixels, { raw: { width, height, channels: 1 } })
    .toColourspace("b-w").png().toBuffer();
}

Deno.test("annotation names the file, number and place of a class that must not occur", async () => {
  const cases: [LabelFixture, number, number, number, RegExp][] = [
    ["cityscapes", 24, 12, 34, /34 at x = 2, y = 1, expected a label id from 0 to 33$/],
    ["cityscapes-train-ids", 24, 12, 19, /19 at x = 2, y = 1, expected a train id .* 18, or 255$/],
    ["ade20k", 8, 17, 13, /13 at x = 2, y = 1, expected 0 \(not judged\) or a class .* 1 to 12$/],
    ["voc", 15, 10, 21, /21 at x = 2, y = 1, expected a class from 0 to 20, or 255/],
  ];
  for (const [fixture, width, height, value, message] of cases) {
    await withLabelFolder(fixture, async (folder) => {
      const path = join(folder, labelPaths[fixture]!);
      const [family] = fixture.split("-");
      const dataset = await open(`${family}:${folder}`);
      const split = dataset.splits.at(-1)!.name;
      const refuse = async (expected: RegExp) =>
        await assert.rejects(
          dataset.annotation(split, 0),
          (error) =>
            error instanceof DataError && error.message.startsWith(`Label file ${path}: `) &&
            expected.test(error.message),
        );
      await Deno.writeFile(path, await greyPng(width, height, value));
      await refuse(message);
      // The greatest number that may occur.
      await Deno.writeFile(path, await greyPng(width, height, value - 1));
      await dataset.annotation(split, 0);
      // Another size than the image's.
      await Deno.writeFile(path, await greyPng(width + 1, height, 7));
      await refuse(
        RegExp(`${width + 1} × ${height} pixels, but its image .* ${width} × ${height}`),
      );
      const files = await readLabelFiles();
      for (
        const [kind, expected] of [
          ["RGB", /a picture with 3 channels: 4, 4, 4 at x = 0, y = 0/],
          ["JPEG", /it is a JPEG file/],
          ["grey, 16 bits, large", /\d+ at x = \d+, y = \d+, expected .*; the file has 16 bits/],
        ] as const
      ) {
        await Deno.writeFile(path, files.get(kind)!.bytes);
        await refuse(expected);
      }
      await Deno.remove(path);
      await assert.rejects(
        dataset.annotation(split, 0),
        (error) => error instanceof DataError && error.message.includes(path),
      );
    });
  }
});

Deno.test("annotation reads grey PNG, palette PNG and 16 bits alike where the numbers fit", async () => {
  await withLabelFolder("voc", async (folder) => {
    const path = join(folder, labelPaths["voc"]!);
    const dataset = await open(`voc:${folder}`);
    const { map, width, height } = await dataset.annotation("val", 0);
    const grey = sharp(map, { raw: { width, height, channels: 1 } });
    for (
      const bytes of [
        await grey.clone().toColourspace("b-w").png().toBuffer(),
        await sharp(Uint16Array.from(map), { raw: { width, height, channels: 1 } })
          .toColourspace("grey16").png().toBuffer(),
      ]
    ) {
      await Deno.writeFile(path, bytes);
      assert.deepEqual((await dataset.annotation("val", 0)).map, map);
    }
  });
});

Deno.test("openLabelledDataset says what a folder lacks", async () => {
  for (const family of ["cityscapes", "ade20k", "voc"]) {
    await assert.rejects(open(`${family}:`), ConfigError);
    const folder = await Deno.makeTempDir();
    try {
      for (const path of [folder, join(folder, "none")]) {
        await assert.rejects(
          open(`${family}:${path}`),
          (error) =>
            error instanceof DataError &&
            /no images with labels: expected .* unpack/.test(error.message),
        );
      }
      assert.equal(datasetPath(`${family}:${folder}`), folder);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  }
});

Deno.test("openLabelledDataset refuses a table of names that is missing or is none", async () => {
  await withLabelFolder("ade20k", async (folder) => {
    const path = join(folder, "ADEChallengeData2016", "objectInfo150.txt");
    const good = await Deno.readTextFile(path);
    const cases: [string | undefined, RegExp][] = [
      [undefined, /There is no .*objectInfo150.txt, which names the classes; it comes with/],
      ["", /line 1: expected columns with tabs between them/],
      ["Idx\tName\n", /line 1: no class follows/],
      [good.replace("\n2\t", "\n3\t"), /line 3: expected class 2, got "3"/],
      [good.replace("\tsky\n", "\twall\n"), /line 4: two classes are called "wall": 1 and 3/],
      [good.replace("\tsky\n", "\t , heaven\n"), /line 4: class 3 has no name/],
      [
        `Idx\tName\n${Array.from({ length: 256 }, (_, at) => `${at + 1}\tclass ${at}\n`).join("")}`,
        /line 257: there are more than 255 classes/,
      ],
    ];
    for (const [text, message] of cases) {
      if (text === undefined) await Deno.remove(path);
      else await Deno.writeTextFile(path, text);
      await assert.rejects(open(`ade20k:${folder}`), message);
    }
  });
});

Deno.test("samples refuses a split of which no image has a label file", async () => {
  await withLabelFolder("ade20k", async (folder) => {
    const path = join(folder, "ADEChallengeData2016", "annotations", "validation");
    await Deno.remove(path, { recursive: true });
    await Deno.mkdir(path);
    const dataset = await open(`ade20k:${folder}`);
    await assert.rejects(
      dataset.samples("validation"),
      /Split "validation" of ade20k:.* has no image with a label file; the first: .*ADE_val_00000001.jpg: it has no label file in annotations.validation/,
    );
    await assert.rejects(dataset.samples("test"), /it has training, validation/);
    await assert.rejects(dataset.annotation("training", 2), RangeError);
  });
});

Deno.test("fingerprint changes with images, label files and names", async () => {
  await withLabelFolder("ade20k", async (folder) => {
    const base = join(folder, "ADEChallengeData2016");
    const print = async () => await (await open(`ade20k:${folder}`)).fingerprint("training");
    const prints = [await print(), await print()];
    assert.equal(prints[0], prints[1]);
    const label = join(base, "annotations", "training", "ADE_train_00000002.png");
    await Deno.writeFile(label, await greyPng(11, 9, 3));
    prints.push(await print());
    const table = join(base, "objectInfo150.txt");
    await Deno.writeTextFile(table, (await Deno.readTextFile(table)).replace("tree", "bush"));
    prints.push(await print());
    assert.equal(new Set(prints).size, 3);
  });
});

Deno.test("voc:FOLDER names a list of which no line is an id, and leaves hidden files alone", async () => {
  await withLabelFolder("voc", async (folder) => {
    const lists = join(folder, "VOCdevkit", "VOC2012", "ImageSets", "Segmentation");
    const path = join(lists, "train.txt");
    const good = await Deno.readTextFile(path);
    for (const name of [".txt", "._train.txt"]) await Deno.writeTextFile(join(lists, name), good);
    const names = (await open(`voc:${folder}`)).splits.map(({ name }) => name);
    assert.deepEqual(names, ["train", "trainval", "val"]);
    const wrong: [string | Uint8Array, RegExp][] = [
      ["", /train.txt names no images: expected an id a line, as UTF-8, .* got an empty file; fix/],
      ["\n\n", /got an empty file/],
      [good.replaceAll("\n", "\r").trimEnd().replace(/^(\S+)$/, "$1\r$1"), /got "2007_\d+\\r/],
      [good.replaceAll("\n", " 1\n"), /got "2007_\d+ 1"/],
      [
        Uint8Array.from([...good].flatMap((letter) => [letter.charCodeAt(0), 0])),
        /names no images/,
      ],
    ];
    for (const [content, message] of wrong) {
      await Deno.writeFile(
        path,
        typeof content === "string" ? new TextEncoder().encode(content) : content,
      );
      await assert.rejects(
        open(`voc:${folder}`),
        (error) => error instanceof DataError && message.test(error.message),
      );
    }
  });
});

Deno.test("cityscapes:FOLDER says where an image has labels of the other kind alone", async () => {
  await withLabelFolder("cityscapes-train-ids", async (folder) => {
    const path = join(folder, labelPaths["cityscapes-train-ids"]!);
    const city = join(path, "..");
    const other = "frankfurt_000000_009999";
    await Deno.copyFile(path, path.replace("_labelTrainIds", "_labelIds"));
    await Deno.copyFile(path, join(city, `${other}_gtFine_labelTrainIds.png`));
    const image = join(folder, "leftImg8bit", "val", "frankfurt");
    await Deno.copyFile(
      join(image, "frankfurt_000000_000294_leftImg8bit.png"),
      join(image, `${other}_leftImg8bit.png`),
    );
    const dataset = await open(`cityscapes:${folder}`);
    await dataset.samples("val");
    assert.ok(
      leftOut(dataset, "val").includes(
        `leftImg8bit/val/frankfurt/${other}_leftImg8bit.png: it has a label file ` +
          "…_gtFine_labelTrainIds.png alone, but the split is read by …_gtFine_labelIds.png: the kinds " +
          "are not mixed in a split",
      ),
      leftOut(dataset, "val").join("\n"),
    );
  });
});

Deno.test("ade20k:FOLDER says which image has the label file of another of its name", async () => {
  await withLabelFolder("ade20k", async (folder) => {
    const images = join(folder, "ADEChallengeData2016", "images", "training");
    await Deno.copyFile(
      join(images, "ADE_train_00000001.jpg"),
      join(images, "ADE_train_00000001.png"),
    );
    const dataset = await open(`ade20k:${folder}`);
    await dataset.samples("training");
    assert.deepEqual(leftOut(dataset, "training"), [
      "images/training/ADE_train_00000001.png: its label file annotations/training/ADE_train_00000001.png " +
      "is that of images/training/ADE_train_00000001.jpg already",
    ]);
  });
});
