import assert from "node:assert/strict";
import { join } from "node:path";
import { ConfigError, DataError } from "../../../errors.ts";
import { describeLeftOut, LeftOutLedger } from "../../../left_out.ts";
import { userName } from "../../../paths.ts";
import type { InstancesAnnotation } from "../../annotation.ts";
import { addSkipped, type Dataset } from "../../dataset.ts";
import { getDataset } from "../../registry.ts";
import { takeDataWarnings } from "../../warnings.ts";
import {
  type ExpectedObject,
  readExpected,
  readLvisFile,
  withCocoFolder,
  writeAnnotations,
  writeImages,
} from "./testdata/coco_folder.ts";
import { writeCocoFolder } from "./write_coco.ts";

const open = (name: string) => getDataset<InstancesAnnotation>(name);

/** Objects of all images, by annotation id, as another program tells them. */
async function listObjects(dataset: Dataset<InstancesAnnotation>, split: string) {
  const found = new Map<number | string, unknown>();
  const samples = await dataset.samples(split);
  for (let index = 0; index < samples.length; index++) {
    const annotation = await dataset.annotation(split, index);
    annotation.ids!.forEach((id, object) =>
      found.set(id, {
        image: dataset.imageId!(split, index),
        category: dataset.classNames[annotation.categories[object]!],
        box: [...annotation.boxes.subarray(4 * object, 4 * object + 4)],
        area: annotation.areas![object],
        iscrowd: annotation.crowd[object],
      })
    );
  }
  return found;
}

function assertObjects(
  found: ReadonlyMap<number | string, unknown>,
  expected: readonly ExpectedObject[],
  nameOf = (name: string) => name,
): void {
  assert.deepEqual(
    [...found.keys()].sort(),
    expected.map(({ id }) => id).sort(),
  );
  for (const { id, image, category, bbox, area, iscrowd } of expected) {
    const [x, y, width, height] = bbox as [number, number, number, number];
    assert.deepEqual(found.get(id), {
      image,
      category: nameOf(category),
      box: [x, y, x + width, y + height].map(Math.fround),
      area,
      iscrowd,
    });
  }
}

Deno.test("coco:FOLDER reads what pycocotools reads, and tells of what cannot be used", async () => {
  await withCocoFolder(async (folder) => {
    const dataset = await open(`coco:${folder}`);
    assert.deepEqual(dataset.classNames, ["person", "dog", "bottle", "tv", "toothbrush"]);
    assert.deepEqual(dataset.categoryIds, [1, 18, 44, 72, 90]);
    assert.equal(dataset.categoryFrequency, undefined);
    assert.deepEqual(dataset.splits.map(({ name, role }) => [name, role]), [["val2017", "test"]]);
    const samples = await dataset.samples("val2017");
    // Images without objects are images.
    assert.deepEqual(samples.ids(), [
      "val2017/000000397133.jpg",
      "val2017/000000037777.jpg",
      "val2017/000000252219.jpg",
      "val2017/000000087038.jpg",
    ]);
    assert.deepEqual((await dataset.annotation("val2017", 3)).masks, []);
    assertObjects(await listObjects(dataset, "val2017"), (await readExpected()).coco);
    assert.deepEqual([...dataset.imageCategories!("val2017", 0)], [1, 0, 4]);
    assert.deepEqual(dataset.imageSize!("val2017", 3), { width: 20, height: 31 });
    const { width, height } = await dataset.decode("val2017", 1);
    assert.deepEqual([width, height], [35, 23]);
    const ledger = new LeftOutLedger();
    addSkipped(ledger, dataset.name, "val2017", dataset.skipped("val2017"));
    const told = ledger.entries.map(describeLeftOut).join("\n");
    for (
      const line of [
        /object annotation 7 of image 37777 .*: its box has no area/,
        /object annotation 8 of image 37777 .*: its box is outside of the image/,
        /object annotation 9 .*: none of its polygons has three corners/,
        /object annotation 10 .*: its category is not listed/,
        /object annotation 11 of image 999 .*: its image is not listed/,
        /object annotation 12 .*: the run lengths do not sum to height × width/,
        /object annotation 13 .*: its mask does not have the size of the image/,
        /object annotation 14 .*: the string of run lengths/,
      ]
    ) assert.match(told, line);
    assert.equal(ledger.entries.length, 8);
    await assert.rejects(dataset.annotation("val2017", 4), RangeError);
  });
});

Deno.test("lvis:FOLDER reads what the lvis package reads, with what it says of whole images", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const file = await readLvisFile();
    const nameOf = (url: string | undefined) => url!.split("/").slice(-2).join("/");
    await writeImages(folder, file.images, ({ coco_url }) => nameOf(coco_url));
    await Deno.writeTextFile(join(folder, "lvis_v1_val.json"), JSON.stringify(file));
    await Deno.writeTextFile(join(folder, "lvis_v1_image_info_test_dev.json"), "{}");
    const dataset = await open(`lvis:${folder}`);
    assert.deepEqual(dataset.classNames, [
      "aerosol can",
      "air conditioner",
      "airplane",
      "bow (decorative ribbons)",
    ]);
    assert.deepEqual(dataset.categoryFrequency, ["common", "frequent", "frequent", "rare"]);
    assert.deepEqual(dataset.splits.map(({ name }) => name), ["val"]);
    assert.deepEqual((await dataset.samples("val")).ids(), [
      "val2017/000000397133.jpg",
      "train2017/000000252219.jpg",
    ]);
    const { lvis } = await readExpected();
    assertObjects(await listObjects(dataset, "val"), lvis, (name) => name.replaceAll("_", " "));
    const federated = [0, 1].map(async (index) => {
      const { negative, notExhaustive } = (await dataset.annotation("val", index)).federated!;
      return [[...negative], [...notExhaustive]];
    });
    assert.deepEqual(await Promise.all(federated), [[[1, 3], []], [[0], [2]]]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("coco:FOLDER tells of images without a file, and of their annotations", async () => {
  await withCocoFolder(async (folder) => {
    await Deno.remove(join(folder, "val2017/000000252219.jpg"));
    const dataset = await open(`coco:${folder}`);
    assert.equal((await dataset.samples("val2017")).length, 3);
    const skipped = dataset.skipped("val2017");
    const image = skipped.find(({ unit }) => unit === "image")!;
    assert.deepEqual([image.path, image.reason], [
      "000000252219.jpg",
      "there is no such file",
    ]);
    assert.deepEqual(
      skipped.filter(({ reason }) => reason === "its image is left out").map(({ path }) => path),
      ["annotation 2096753 of image 252219", "annotation 5 of image 252219"],
    );
    await Deno.remove(join(folder, "val2017"), { recursive: true });
    await Deno.mkdir(join(folder, "val2017"));
    await assert.rejects(
      open(`coco:${folder}`),
      (error) =>
        error instanceof DataError &&
        /none of its 4 images is there.*val2017.000000397133.jpg. Put the images there/.test(
          error.message,
        ),
    );
  });
});

Deno.test("coco:FOLDER takes members in any order, ids that are texts, and boxes without masks", async () => {
  await withCocoFolder(async (folder, { images, categories }) => {
    const rows = images.map((row) => ({ ...row, id: `image ${row.id}` }));
    await writeAnnotations(folder, {
      annotations: [
        { id: "a", image_id: "image 37777", category_id: 44, bbox: [1, 2, 3, 4], iscrowd: 0 },
        { image_id: "image 37777", category_id: 18, bbox: [1, 2, 3, 4], segmentation: [] },
        { id: 4, image_id: "image 37777", category_id: 18, bbox: [1, null, 3, 4] },
        "nothing",
      ],
      categories,
      extra: { deep: [[["]}"]]] },
      images: rows,
    });
    takeDataWarnings();
    const dataset = await open(`coco:${folder}`);
    assert.match(takeDataWarnings().join(), /2 objects have no mask; their boxes stand for it/);
    const annotation = await dataset.annotation("val2017", 1);
    assert.deepEqual([...annotation.categories], [2, 1]);
    assert.equal(annotation.ids![0], "a");
    assert.equal(annotation.areas, undefined);
    assert.deepEqual(annotation.masks[0], {
      kind: "polygons",
      polygons: [Float64Array.of(1, 2, 4, 2, 4, 6, 1, 6)],
    });
    assert.equal(dataset.imageId!("val2017", 1), 2);
    assert.deepEqual(
      dataset.skipped("val2017").map(({ path, reason }) => `${path}: ${reason}`),
      [
        "an annotation without id: it is not an object of JSON",
        "annotation 4: its bbox is not four numbers of at most 1000000",
      ],
    );
  });
});

Deno.test("coco:FOLDER leaves out images whose rows are wrong", async () => {
  await withCocoFolder(async (folder, file) => {
    const [first, ...others] = file.images;
    await writeAnnotations(folder, {
      ...file,
      images: [
        ...others,
        { ...first, id: 1, file_name: "../secret.jpg" },
        { ...first, id: 2, file_name: "/etc/passwd" },
        { ...first, id: 3, width: 0 },
        { ...first, id: others[0]!.id },
        { ...others[0], id: 5 },
        { id: 6, width: 3, height: 3 },
        7,
      ],
    });
    const dataset = await open(`coco:${folder}`);
    assert.equal((await dataset.samples("val2017")).length, 3);
    const reasons = dataset.skipped("val2017").filter(({ unit }) => unit === "image")
      .map(({ path, reason }) => `${path}: ${reason}`).sort();
    assert.deepEqual(reasons, [
      "../secret.jpg: its path leads out of the folder",
      "/etc/passwd: its path leads out of the folder",
      "000000037777.jpg: it is listed before, with another id",
      "000000397133.jpg: another image has the same id",
      "000000397133.jpg: its row has no width and height",
      "image 10 of the list: the id of its row is missing",
      "image 9 of the list: its row has no file_name",
    ]);
  });
});

Deno.test("coco:FOLDER says what is wrong with a folder or a file", async () => {
  await withCocoFolder(async (folder, file) => {
    const refuse = async (content: unknown, pattern: RegExp) => {
      await writeAnnotations(folder, content);
      await assert.rejects(
        open(`coco:${folder}`),
        (error) => {
          assert.ok(error instanceof DataError, `${error}`);
          assert.match(error.message, pattern);
          assert.match(error.message, /instances_val2017\.json/);
          return true;
        },
      );
    };
    const text = JSON.stringify(file);
    const half = text.slice(0, text.length / 2);
    await refuse(half, /ends at byte \d+, in the middle of an element of "annotations"; it is cut/);
    await refuse(text.slice(0, -1), /ends at byte \d+, in the middle of the file/);
    await refuse("", /it is empty/);
    await refuse("<html>", /a web page/);
    await refuse("[1]", /expected \{, got "\[" at byte 0/);
    await refuse(`${text} x`, /something follows its end at byte \d+/);
    await refuse(text.replace('"bbox": ', '"bbox" ').replace('"bbox":', '"bbox"'), /is not JSON/);
    await refuse(text.replace('"images":[', '"images":{'), /expected|not a list|not JSON/);
    await refuse({ ...file, images: 3 }, /"images" is not a list, at byte \d+/);
    await refuse({ images: file.images }, /lists no categories: expected a file of coco/);
    await refuse({ ...file, categories: [] }, /lists no categories/);
    await refuse(
      { ...file, categories: [{ id: 1 }] },
      /category 1 of the list has no name/,
    );
    const category = (id: unknown, name: unknown) => ({ ...file, categories: [{ id, name }] });
    await refuse(category(undefined, "a"), /the id of category 1 of the list is missing/);
    await refuse(category(3.5, "a"), /category 1 .* is 3\.5, expected a whole number or a string/);
    await refuse(category(1, "a".repeat(1001)), /category 1 .* has 1001 characters, expected 1000/);
    await refuse(
      { ...file, categories: [{ id: 1, name: "a" }, { id: 1, name: "b" }] },
      /category 1 is listed twice/,
    );
    await refuse(
      { ...file, categories: [{ id: 1, name: "a" }, { id: 2, name: "a" }] },
      /categories 1 and 2 have the same name "a"/,
    );
    await refuse(
      { ...file, annotations: [{ id: 1, caption: "a dog", image_id: 37777, category_id: 1 }] },
      /none of its 1 annotations can be used; the first, annotation 1: its bbox is not four numbers/,
    );
    await assert.rejects(open("coco:"), ConfigError);
    await assert.rejects(open(`coco:${folder}/nowhere`), /there is no such folder/);
    await assert.rejects(open(`coco:${folder}/val2017`), /expected annotations\/instances_SPLIT/);
    await writeAnnotations(folder, file);
    await Deno.rename(join(folder, "val2017"), join(folder, "pictures"));
    await assert.rejects(open(`coco:${folder}`), /no folder of images for it: expected .*val2017/);
    await Deno.rename(join(folder, "pictures"), join(folder, "images"));
    assert.equal((await (await open(`coco:${folder}`)).samples("val2017")).length, 4);
  });
});

Deno.test("coco:FOLDER refuses splits that differ in a category, and files that change", async () => {
  await withCocoFolder(async (folder, file) => {
    await Deno.mkdir(join(folder, "train2017"));
    await writeImages(join(folder, "train2017"), file.images, ({ file_name }) => file_name!);
    const categories = file.categories.map((row) => ({ ...row, more: "x".repeat(100) }));
    const path = await writeAnnotations(folder, { ...file, categories }, "train2017");
    const dataset = await open(`coco:${folder}`);
    assert.deepEqual(dataset.splits.map(({ name, role }) => [name, role]), [
      ["train2017", "train"],
      ["val2017", "test"],
    ]);
    // Nobody asked for it yet.
    assert.throws(() => dataset.imageSize!("train2017", 0), /ask for its samples first/);
    assert.equal((await dataset.samples("train2017")).length, 4);
    assert.equal((await dataset.annotation("train2017", 0)).categories.length, 3);
    const before = await dataset.fingerprint("train2017");
    assert.notEqual(before, await dataset.fingerprint("val2017"));
    await Deno.writeTextFile(path, " ", { append: true });
    await assert.rejects(dataset.annotation("train2017", 0), /has changed since it was listed/);
    Object.assign(categories[0]!, { name: "cat" });
    await writeAnnotations(folder, { ...file, categories }, "train2017");
    await assert.rejects(
      (await open(`coco:${folder}`)).samples("train2017"),
      /differ in category 1: "cat" and "person"/,
    );
    await assert.rejects(dataset.samples("test"), /no split "test"/);
  });
});

Deno.test("an image may show a thousand objects, or be smaller than any stride", async () => {
  await withCocoFolder(async (folder, { categories }) => {
    const images = [{ id: 1, file_name: "a.png", width: 640, height: 480 }, {
      id: 2,
      file_name: "b.png",
      width: 3,
      height: 2,
    }];
    await writeImages(join(folder, "val2017"), images, ({ file_name }) => file_name!);
    const annotations = Array.from({ length: 1001 }, (_, id) => ({
      id,
      image_id: id === 1000 ? 2 : 1,
      category_id: 18,
      bbox: id === 1000 ? [0, 0, 2, 2] : [id % 600, id % 400, 5, 5],
      segmentation: [[0, 0, 5, 0, 5, 5]],
    }));
    await writeAnnotations(folder, { images, annotations, categories });
    const dataset = await open(`coco:${folder}`);
    assert.equal((await dataset.annotation("val2017", 0)).masks.length, 1000);
    assert.equal((await dataset.annotation("val2017", 1)).masks.length, 1);
  });
});

Deno.test("writeCocoFolder writes scenes that coco:FOLDER reads back as they are", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const scenes = await open("emojicoco-63");
    const [written] = await writeCocoFolder(scenes, folder, { splits: ["dev"] });
    assert.deepEqual([written!.split, written!.images], ["dev", 300]);
    const dataset = await open(`coco:${folder}`);
    assert.deepEqual(dataset.classNames, scenes.classNames);
    assert.deepEqual(dataset.categoryIds, scenes.categoryIds);
    assert.deepEqual(dataset.splits.map(({ name, role }) => [name, role]), [["dev", "tune"]]);
    assert.equal((await dataset.samples("dev")).length, 300);
    for (let index = 0; index < 300; index += 7) {
      const { ids: _, ...wanted } = await scenes.annotation("dev", index);
      const { ids: __, ...found } = await dataset.annotation("dev", index);
      assert.deepEqual(found, wanted);
      assert.deepEqual(await dataset.decode("dev", index), await scenes.decode("dev", index));
      assert.equal(dataset.imageId!("dev", index), scenes.imageId!("dev", index));
    }
    assert.deepEqual(dataset.skipped("dev"), []);
    await assert.rejects(
      writeCocoFolder(scenes, folder, { splits: ["val"] }),
      /it has other files \(dev\); name an empty folder/,
    );
    await assert.rejects(
      writeCocoFolder(await getDataset("emojinet-100"), folder),
      /has no objects to write/,
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("userName resolves the paths of coco: and lvis:", () => {
  assert.equal(userName("coco:a", "/data"), "coco:/data/a");
  assert.equal(userName("lvis:~x/b", "/data"), "lvis:/data/~x/b");
});

Deno.test("coco:FOLDER leaves out objects that could not be judged later, and ids that JSON rounds", async () => {
  await withCocoFolder(async (folder, file) => {
    const [first] = file.images;
    const object = (more: object) => ({
      image_id: first!.id,
      category_id: 18,
      bbox: [1, 2, 3, 4],
      ...more,
    });
    await writeAnnotations(folder, {
      ...file,
      images: [...file.images, { ...first, id: 2 ** 53, file_name: "large.jpg" }],
      annotations: [
        object({ id: 1 }),
        object({ id: 2, area: -5 }),
        object({ id: 3, bbox: [1, 1, 1e39, 10] }),
        object({ id: 4, iscrowd: "1" }),
        object({ id: 5, image_id: `${first!.id}` }),
        object({ id: 6, image_id: 2 ** 60 }),
        object({ id: 7, category_id: 1.5 }),
      ],
    });
    const dataset = await open(`coco:${folder}`);
    const reasons = dataset.skipped("val2017").map(({ path, reason }) => `${path}: ${reason}`);
    const image = `annotation 5 of image ${
      first!.id
    }: its image is not listed: image_id is a string`;
    for (
      const wanted of [
        /^annotation 2: its area is -5, expected 0 or more$/,
        /^annotation 3: its bbox is not four numbers of at most 1000000$/,
        /^annotation 4: its iscrowd is "1", expected 0 or 1$/,
        new RegExp(`^${image}, and the image's id a number$`),
        /^annotation 6: its image_id is \d+, beyond 2\^53/,
        /^annotation 7: its category_id is 1\.5, expected a whole number or a string$/,
        /^large\.jpg: the id of its row is 9007199254740992, beyond 2\^53: .* write ids as strings/,
      ]
    ) assert(reasons.some((reason) => wanted.test(reason)), `${wanted}: ${reasons.join("; ")}`);
  });
});
