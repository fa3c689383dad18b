import assert from "node:assert/strict";
import { join } from "node:path";
import { DataError } from "../../../errors.ts";
import { splitNames } from "../../dataset.ts";
import { getDataset } from "../../registry.ts";
import { withImageFolder, writeClasses, writeNoise } from "../../testdata/image_folder.ts";
import { loadViews } from "../../views/load_views.ts";
import { takeDataWarnings } from "../../warnings.ts";
import { decodeImage } from "../../decoding/image_decoder.ts";
import { type DirectoryReader, fileSystem } from "./directory_reader.ts";
import { type FolderListing, listFolder } from "./folder_listing.ts";

const refuses = (folder: string, message: RegExp) =>
  assert.rejects(
    listFolder(folder),
    (error) => error instanceof DataError && message.test(error.message) || assert.fail(`${error}`),
  );

Deno.test("listFolder understands the usual names of splits, and says so", async () => {
  const cases: [folders: string[], splits: [string, string][]][] = [
    [["train", "test"], [["train", "train"], ["test", "test"]]],
    [["Training", "validation"], [["train", "train"], ["val", "test"]]],
    [["train", "valid", "Test"], [["train", "train"], ["val", "tune"], ["test", "test"]]],
    [["train", "dev", "val", "ood"], [
      ["train", "train"],
      ["dev", "tune"],
      ["val", "test"],
      ["ood", "test"],
    ]],
  ];
  for (const [folders, splits] of cases) {
    await withImageFolder(async (root) => {
      for (const folder of folders) await writeClasses(join(root, folder), ["cat", "dog"], 2);
      const listing = await listFolder(root);
      assert.deepEqual(listing.splits.map(({ name, role }) => [name, role]), splits);
      assert.deepEqual(listing.classNames, ["cat", "dog"]);
      for (const [index, [split]] of splits.entries()) {
        assert.equal(listing.samples.get(split)!.length, 4);
        assert.equal(listing.samples.get(split)!.id(0), `${folders[index]}/cat/0.jpg`);
      }
      const renamed = folders.filter((folder, index) => folder !== splits[index]![0]);
      assert.equal(listing.notes.length, renamed.length);
      for (const folder of renamed) {
        assert.match(listing.notes.join(), new RegExp(`${folder} is the split`));
      }
    });
  }
});

Deno.test("listFolder refuses split folders without one to train on, and two for one split", async () => {
  await withImageFolder(async (root) => {
    for (const split of ["val", "test"]) await writeClasses(join(root, split), ["cat", "dog"], 3);
    await refuses(
      root,
      /has split folders \(val, test\) and none to train on; expected train among/,
    );
    await writeClasses(join(root, "train"), ["cat", "dog"], 1);
    await writeClasses(join(root, "validation"), ["cat", "dog"], 1);
    await refuses(root, /several folders for the split "val": val, validation/);
  });
});

Deno.test("listFolder refuses folders that look like splits, whatever their names are", async () => {
  const pairs = [
    ["train", "eval"],
    ["train", "holdout"],
    ["training_set", "test_set"],
    ["seg_train", "seg_test"],
    ["trainImages", "testImages"],
    ["train", "val2"],
    ["images-train", "images-val"],
    ["train2017", "unlabeled2017"],
  ];
  for (const pair of pairs) {
    await withImageFolder(async (root) => {
      for (const name of pair) await writeClasses(join(root, name), ["cat", "dog"], 3);
      await refuses(root, /has folders that look like splits \(.*expected train beside another of/);
    });
  }
  await withImageFolder(async (root) => {
    await writeClasses(join(root, "train"), ["cat", "dog"], 3);
    await writeClasses(root, ["test_images"], 3);
    await refuses(root, /look like splits \(test_images, train\)/);
  });
  // Trains and boats, each in folders of their own.
  await withImageFolder(async (root) => {
    await writeClasses(join(root, "train"), ["steam", "diesel"], 3);
    await writeClasses(join(root, "boat"), ["sail", "motor"], 3);
    const { classNames, notes } = await listFolder(root);
    assert.deepEqual(classNames, ["boat", "train"]);
    assert.deepEqual(notes, []);
  });
});

Deno.test("listFolder says so where classes hold the same folders and no images", async () => {
  const expected = /class folders photos, thumbs hold no images themselves.*\(cat, dog\)/;
  await withImageFolder(async (root) => {
    for (const name of ["photos", "thumbs"]) {
      await writeClasses(join(root, name), ["cat", "dog"], 3);
    }
    const { notes } = await listFolder(root);
    assert.match(notes.join(), expected);
    assert.match(notes.join(), new RegExp(`give imagefolder:${root}/photos`));
  });
  await withImageFolder(async (root) => {
    for (const name of ["train/photos", "train/thumbs"]) {
      await writeClasses(join(root, name), ["cat", "dog"], 3);
    }
    assert.match((await listFolder(root)).notes.join(), expected);
  });
});

Deno.test("listFolder takes folders of images called train and test for classes", async () => {
  await withImageFolder(async (root) => {
    await writeClasses(root, ["train", "test"], 4);
    assert.deepEqual((await listFolder(root)).classNames, ["test", "train"]);
  });
});

Deno.test("listFolder refuses fewer than two classes, naming the folder that was probably meant", async () => {
  await withImageFolder(async (root) => {
    await writeClasses(join(root, "photos"), ["cat", "dog"], 4);
    await refuses(
      root,
      new RegExp(
        `${root} has one class folder, "photos".*Did you mean imagefolder:${root}/photos,`,
      ),
    );
    assert.equal((await listFolder(join(root, "photos"))).classNames.length, 2);
    await writeClasses(join(root, "deep", "a", "b"), ["cat", "dog"], 4);
    await refuses(
      join(root, "deep"),
      new RegExp(`one class folder, "a".*Did you mean imagefolder:${root}/deep/a/b,`),
    );
    await refuses(
      join(root, "photos", "cat"),
      new RegExp(`no class folders.*It has images itself.*imagefolder:${root}/photos$`),
    );
    await writeClasses(join(root, "one"), ["train/cat", "val/cat"], 4);
    await refuses(
      join(root, "one"),
      /one\/train has one class folder, "cat"; expected at least two/,
    );
  });
});

Deno.test("listFolder names classes that links would have brought", async () => {
  await withImageFolder(async (root) => {
    await writeClasses(root, ["cat"], 4);
    await writeClasses(join(root, "..", "elsewhere"), ["dog"], 4);
    await Deno.symlink(join(root, "..", "elsewhere", "dog"), join(root, "dog"));
    await refuses(root, /one class folder, "cat"; not followed: dog \(link leaves the folder\)/);
    await Deno.remove(join(root, "dog"));
    await Deno.mkdir(join(root, "dog"));
    for (const name of ["0.jpg", "1.jpg", "2.jpg"]) {
      await Deno.symlink(join(root, "..", "elsewhere", "dog", name), join(root, "dog", name));
    }
    await refuses(root, /"dog" has 0 images.*left out there: 3: link leaves the folder/);
  });
});

Deno.test("listFolder lists every real file once, and names loops", async () => {
  await withImageFolder(async (root) => {
    await writeClasses(root, ["cat", "dog"], 5);
    const plain = await listFolder(root);
    await Deno.symlink(".", join(root, "cat", "again"));
    await Deno.symlink("..", join(root, "cat", "up"));
    await Deno.symlink("../dog", join(root, "cat", "dogs"));
    await Deno.symlink("0.jpg", join(root, "cat", "copy.jpg"));
    await Deno.symlink("../dog/1.jpg", join(root, "cat", "dog.jpg"));
    await Deno.symlink("nowhere.jpg", join(root, "cat", "broken.jpg"));
    await Deno.symlink("cat", join(root, "kitten"));
    await Deno.symlink(".", join(root, "all"));
    for (let index = 0; index < 10; index++) {
      await Deno.symlink(".", join(root, "dog", `loop ${index}`));
    }
    const listing = await listFolder(root);
    for (const split of ["train", "dev", "val"]) {
      assert.deepEqual(listing.samples.get(split)!.ids(), plain.samples.get(split)!.ids());
    }
    const reasons = new Map(listing.skipped("train").map(({ path, reason }) => [path, reason]));
    assert.equal(reasons.size, 18);
    assert.match(reasons.get("cat/again")!, /a loop through cat/);
    assert.match(reasons.get("cat/up")!, /a loop/);
    assert.match(reasons.get("cat/dogs")!, /read already: dog$/);
    assert.match(reasons.get("cat/copy.jpg")!, /read already: cat\/0\.jpg$/);
    assert.match(reasons.get("cat/dog.jpg")!, /read already: dog\/1\.jpg$/);
    assert.match(reasons.get("cat/broken.jpg")!, /leads nowhere/);
    assert.match(reasons.get("kitten")!, /read already: cat$/);
    assert.match(reasons.get("all")!, /loop/);
    assert.match(reasons.get("dog/loop 3")!, /a loop through dog/);
  });
});

Deno.test("listFolder follows links inside the folder to what is listed nowhere else", async () => {
  await withImageFolder(async (root) => {
    await writeClasses(join(root, "pool"), ["a", "b", "c"], 3);
    await writeClasses(root, ["train/cat", "val/cat"], 2);
    await Deno.symlink("../pool/a", join(root, "train", "dog"));
    await Deno.symlink("../../pool/b", join(root, "train", "cat", "more"));
    await Deno.symlink("../../pool/b", join(root, "train", "cat", "zwice"));
    await Deno.symlink("../../pool/c/0.jpg", join(root, "train", "cat", "0a.jpg"));
    await Deno.symlink("../../pool/c/0.jpg", join(root, "val", "cat", "leak.jpg"));
    const listing = await listFolder(root);
    assert.deepEqual(listing.classNames, ["cat", "dog"]);
    assert.deepEqual(listing.samples.get("train")!.ids(), [
      "train/cat/0.jpg",
      "train/cat/0a.jpg",
      "train/cat/1.jpg",
      "train/cat/more/0.jpg",
      "train/cat/more/1.jpg",
      "train/cat/more/2.jpg",
      "train/dog/0.jpg",
      "train/dog/1.jpg",
      "train/dog/2.jpg",
    ]);
    assert.deepEqual([...listing.samples.get("train")!.labels()], [0, 0, 0, 0, 0, 0, 1, 1, 1]);
    assert.match(listing.skipped("train")[0]!.reason, /read already: train\/cat\/more/);
    assert.match(listing.skipped("val")[0]!.reason, /read already: train\/cat\/0a\.jpg/);
  });
});

Deno.test("listFolder reads every ending that is decoded, and counts the others", async () => {
  await withImageFolder(async (root) => {
    const endings = ["jpg", "JPEG", "jfif", "png", "webp", "gif", "tif", "tiff", "avif"];
    for (const [index, ending] of endings.entries()) {
      await writeNoise(join(root, "cat", `${index}.${ending}`), index);
      await writeNoise(join(root, "dog", `${index}.${ending}`), index + 20);
    }
    for (let index = 0; index < 3; index++) {
      await Deno.writeTextFile(join(root, "cat", `${index}.bmp`), "BM");
    }
    await Deno.writeTextFile(join(root, "dog", "Thumbs.db"), "");
    await Deno.writeTextFile(join(root, "dog", "readme"), "");
    await Deno.writeTextFile(join(root, "readme.md"), "beside the classes, and no image");
    await writeNoise(join(root, "lost.jpg"), 0);
    const dataset = await getDataset(`imagefolder:${root}`);
    assert.match(
      takeDataWarnings().join(),
      /6 files are left out: 3 files that end in \.bmp, 1 others, 1 files that end in \.db, 1 files without/,
    );
    let images = 0;
    for (const split of splitNames(dataset)) {
      const views = await loadViews(dataset, split, { views: 1, imageSize: 8, seed: 0 });
      images += views.samples.length;
      assert.equal(views.skipped.length, 6);
    }
    assert.equal(images, 2 * endings.length);
    const reasons = Object.fromEntries(
      dataset.skipped("val").map(({ path, reason }) => [path, reason]),
    );
    assert.match(reasons["cat/1.bmp"]!, /end in \.bmp are not read, only JPEG, PNG/);
    assert.equal(reasons["lost.jpg"], "not in a class folder");
  });
});

/** What a split leaves out, by path. */
function leftOutOf(listing: FolderListing, split: string): Record<string, string> {
  return Object.fromEntries(
    listing.skipped(split).map(({ path, reason, unit }) => [path, `${unit}: ${reason}`]),
  );
}

Deno.test("listFolder tells hidden files and folders, pipes, broken links and folders beside splits", async () => {
  await withImageFolder(async (root) => {
    await writeClasses(root, ["train/cat", "train/dog", "val/cat", "train/.owl", "extra/cat"], 2);
    await Deno.writeTextFile(join(root, "train", "cat", ".hidden.jpg"), "");
    await Deno.mkdir(join(root, "train", "cat", ".thumbnails"));
    await Deno.writeTextFile(join(root, "train", "photo.bmp"), "BM");
    await Deno.writeTextFile(join(root, "train", "readme.md"), "no picture");
    await Deno.mkdir(join(root, ".git"));
    await Deno.symlink("nowhere", join(root, "train", "owl"));
    const pipe = join(root, "train", "cat", "pipe.jpg");
    const { success } = await new Deno.Command("mkfifo", { args: [pipe] }).output();
    assert.ok(success);
    await Deno.symlink("pipe.jpg", join(root, "train", "cat", "link.jpg"));
    const listing = await listFolder(root);
    assert.equal(listing.samples.get("train")!.length, 4);
    const hidden = "hidden: its name begins with a dot";
    const special = "a pipe, a socket or a device, and no file";
    const everySplit = {
      ".git": `folder: ${hidden}`,
      "extra": "folder: a folder beside those of the splits",
    };
    assert.deepEqual(leftOutOf(listing, "train"), {
      "train/.owl": `folder: ${hidden}`,
      "train/cat/.hidden.jpg": `file: ${hidden}`,
      "train/cat/.thumbnails": `folder: ${hidden}`,
      "train/cat/link.jpg": `file: ${special}`,
      "train/cat/pipe.jpg": `file: ${special}`,
      "train/owl": "file: link leads nowhere, or where it may not be read",
      "train/photo.bmp": "file: not in a class folder",
      ...everySplit,
    });
    assert.deepEqual(leftOutOf(listing, "val"), everySplit);
    // Reading a pipe would wait for ever, also where it came after the listing.
    await assert.rejects(decodeImage(pipe), /it is not a file: a folder, a pipe or a device/);
    const dataset = await getDataset(`imagefolder:${root}`);
    const replaced = join(root, "train", "dog", "1.jpg");
    await Deno.remove(replaced);
    await new Deno.Command("mkfifo", { args: [replaced] }).output();
    const views = await loadViews(dataset, "train", { views: 1, imageSize: 8, seed: 0 });
    assert.equal(views.samples.length, 3);
    assert.match(views.skipped.at(-1)!.reason, /it is not a file/);
  });
});

Deno.test("listFolder names a folder that may not be read", async () => {
  await withImageFolder(async (root) => {
    await writeClasses(root, ["cat", "dog"], 3);
    const reader: DirectoryReader = {
      ...fileSystem,
      readDir(path) {
        if (path.endsWith("dog")) throw new Deno.errors.PermissionDenied("Permission denied");
        return fileSystem.readDir(path);
      },
    };
    await assert.rejects(
      listFolder(root, reader),
      (error) =>
        error instanceof DataError &&
        /Cannot read the folder .*\/dog: Permission denied/.test(error.message),
    );
  });
});

Deno.test("listFolder tells lines of names that no folder has, and refuses two names for one", async () => {
  await withImageFolder(async (root) => {
    await writeClasses(root, ["a", "b"], 3);
    const path = join(root, "class_names.txt");
    await Deno.writeTextFile(path, "a\tcat\nb\tdog\nc\towl\n");
    assert.deepEqual(leftOutOf(await listFolder(root), "val"), {
      c: "line: class_names.txt names it, and there is no such class folder",
    });
    await Deno.writeTextFile(path, "a\tcat\nb\tdog\na\towl\n");
    await refuses(root, /class_names\.txt:3: the folder "a" is called "cat" by an earlier line/);
  });
});

Deno.test("listFolder counts many files of one kind without naming each", async () => {
  await withImageFolder(async (root) => {
    await writeClasses(root, ["cat", "dog"], 3);
    for (let index = 0; index < 250; index++) {
      await Deno.writeTextFile(join(root, "cat", `${index}.txt`), "");
    }
    const skipped = (await listFolder(root)).skipped("train");
    assert.equal(skipped.length, 201);
    assert.equal(skipped.reduce((sum, { count = 1 }) => sum + count, 0), 250);
    assert.equal(skipped.find(({ count }) => count === 50)!.path, "*.txt");
  });
});

Deno.test("listFolder compares names of classes in NFC", async () => {
  await withImageFolder(async (root) => {
    const composed = "café".normalize("NFC"), decomposed = "café".normalize("NFD");
    await writeClasses(join(root, "train"), [composed, "zoo"], 2);
    await writeClasses(join(root, "val"), [decomposed], 2);
    const listing = await listFolder(root);
    assert.deepEqual(listing.classNames, [composed, "zoo"]);
    assert.deepEqual([...listing.samples.get("val")!.labels()], [0, 0]);
    const dataset = await getDataset(`imagefolder:${root}`);
    const views = await loadViews(dataset, "val", { views: 1, imageSize: 8, seed: 0 });
    assert.equal(views.samples.length, 2);
    await writeClasses(join(root, "train"), [decomposed], 2);
    await refuses(root, /have the same class name/);
  });
});

Deno.test("listFolder takes names from a file beside the folders", async () => {
  await withImageFolder(async (root) => {
    await writeClasses(root, ["n02123045", "n02099601"], 3);
    const path = join(root, "class_names.txt");
    await Deno.writeTextFile(path, "n02099601\tgolden retriever\nn02123045 tabby, tabby cat\n");
    assert.deepEqual((await listFolder(root)).classNames, ["golden retriever", "tabby"]);
    await Deno.writeTextFile(path, "n02099601\tgolden retriever\n");
    await refuses(root, /class_names\.txt has no names for these class folders.*n02123045/);
    await Deno.writeTextFile(path, "n02099601\n");
    await refuses(
      root,
      /class_names\.txt:1: expected the name of a folder, a tab and a class name/,
    );
  });
});

Deno.test("fingerprint() follows names, sizes and times of the files", async () => {
  await withImageFolder(async (root) => {
    await writeClasses(root, ["train/cat", "train/dog", "val/cat"], 2);
    const fingerprint = async () =>
      await (await getDataset(`imagefolder:${root}`)).fingerprint("train");
    const first = await fingerprint();
    assert.equal(await fingerprint(), first);
    await Deno.utime(join(root, "train/cat/0.jpg"), 1e9, 1e9);
    const touched = await fingerprint();
    assert.notEqual(touched, first);
    await Deno.rename(join(root, "train/cat/0.jpg"), join(root, "train/cat/9.jpg"));
    assert.notEqual(await fingerprint(), touched);
  });
});
