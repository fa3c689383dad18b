import assert from "node:assert/strict";
import { join } from "node:path";
import { keyOf, withStore } from "./testdata/test_store.ts";

const key = keyOf(1);
const content = {
  info: { label: "a model" },
  files: { "student.safetensors": new Uint8Array(40).fill(7), "empty.txt": "" },
};

/** Overwrites a file, read-only or not. */
async function overwrite(path: string, bytes: Uint8Array): Promise<void> {
  await Deno.remove(path, { recursive: true });
  await Deno.writeFile(path, bytes);
}

Deno.test("Store.find finds one flipped bit at every byte of an entry", () =>
  withStore(async ({ store, told }) => {
    const { folder } = await store.put("model", key, content);
    let flips = 0;
    for (const name of ["entry.json", "student.safetensors"]) {
      const path = join(folder, name);
      const good = await Deno.readFile(path);
      for (let at = 0; at < good.length; at++) {
        const bad = good.slice();
        bad[at]! ^= 1 << (at % 8);
        await overwrite(path, bad);
        assert.equal(await store.find("model", key), undefined, `${name}, byte ${at}`);
        assert.equal(told.length, ++flips);
        assert.match(told.at(-1)!, /is damaged \(the checksum of .* is wrong\): moved to damaged/);
        const [moved] = await Array.fromAsync(Deno.readDir(join(store.folder, "damaged")));
        await Deno.rename(join(store.folder, "damaged", moved!.name), folder);
        await overwrite(path, good);
      }
    }
    assert.ok(await store.find("model", key));
  }));

const damages: readonly {
  name: string;
  reason: RegExp;
  make: (folder: string) => Promise<void>;
}[] = [
  {
    name: "a truncated file",
    reason: /student.safetensors: expected 40 bytes, got 39/,
    make: (folder) => overwrite(join(folder, "student.safetensors"), new Uint8Array(39).fill(7)),
  },
  {
    name: "a file that grew",
    reason: /expected 0 bytes, got 1/,
    make: (folder) => overwrite(join(folder, "empty.txt"), new Uint8Array(1)),
  },
  {
    name: "a missing file",
    reason: /empty.txt is missing/,
    make: (folder) => Deno.remove(join(folder, "empty.txt")),
  },
  {
    name: "a foreign file",
    reason: /holds "more.txt", which is not its own/,
    make: (folder) => Deno.writeTextFile(join(folder, "more.txt"), ""),
  },
  {
    name: "a missing entry.json",
    reason: /entry.json is missing/,
    make: (folder) => Deno.remove(join(folder, "entry.json")),
  },
  {
    name: "an empty entry.json",
    reason: /checksum of entry.json/,
    make: (folder) => overwrite(join(folder, "entry.json"), new Uint8Array(0)),
  },
  {
    name: "entry.json as a folder",
    reason: /entry.json is not a file/,
    make: async (folder) => {
      await Deno.remove(join(folder, "entry.json"));
      await Deno.mkdir(join(folder, "entry.json"));
    },
  },
  {
    name: "a link in place of a file",
    reason: /student.safetensors is not a file/,
    make: async (folder) => {
      await Deno.rename(join(folder, "student.safetensors"), `${folder}.away`);
      await Deno.symlink(`${folder}.away`, join(folder, "student.safetensors"));
    },
  },
  {
    name: "a file in place of the folder",
    reason: /it is not a folder/,
    make: async (folder) => {
      await Deno.remove(folder, { recursive: true });
      await Deno.writeTextFile(folder, "");
    },
  },
  {
    name: "an entry under another key",
    reason: /entry.json is that of model/,
    make: async (folder) => overwrite(join(folder, "entry.json"), await foreignHead()),
  },
];

/** The `entry.json` of another key. */
async function foreignHead(): Promise<Uint8Array> {
  let bytes = new Uint8Array();
  await withStore(async ({ store }) => {
    const { folder } = await store.put("model", keyOf(2), content);
    bytes = await Deno.readFile(join(folder, "entry.json"));
  });
  return bytes;
}

for (const { name, reason, make } of damages) {
  Deno.test(`Store finds ${name}, moves the entry aside and takes a new one`, () =>
    withStore(async ({ store, told }) => {
      const { folder } = await store.put("model", key, content);
      await store.put("model", keyOf(7), content);
      await make(folder);
      const report = await store.verify();
      const found = report.damaged.filter(({ path }) => path === folder);
      assert.match(found[0]!.reason, reason);
      assert.equal(report.entries, 1);
      assert.equal(await store.find("model", key), undefined);
      assert.match(told.join(), reason);
      assert.match(told.join(), new RegExp(`${folder} is damaged .*: moved to damaged/model-`));
      assert.equal((await store.verify()).leftovers.length, 1);
      await store.put("model", key, content);
      assert.ok(await store.find("model", key));
      assert.equal(told.length, 1);
    }));
}

Deno.test("Store.put replaces a damaged entry that nobody has looked for", () =>
  withStore(async ({ store, told }) => {
    const { folder } = await store.put("model", key, content);
    await overwrite(join(folder, "student.safetensors"), new Uint8Array(40));
    await store.put("model", key, content);
    assert.match(told.join(), /checksum of student.safetensors/);
    const found = await store.find("model", key, { load: ["student.safetensors"] });
    assert.deepEqual(found!.contents["student.safetensors"], new Uint8Array(40).fill(7));
  }));

Deno.test("Store.list and Store.peek leave out what is damaged, and tell", () =>
  withStore(async ({ store, told }) => {
    const { folder } = await store.put("model", key, content);
    await overwrite(join(folder, "entry.json"), new Uint8Array(3));
    await Deno.writeTextFile(join(store.folder, "models", "notes.txt"), "");
    assert.deepEqual(await Array.fromAsync(store.list()), []);
    assert.match(told.join(), /is damaged/);
    assert.equal(store.peek("model", key), undefined);
    const { damaged } = await store.verify();
    assert.deepEqual(
      damaged.map(({ path }) => path).sort(),
      [
        folder,
        join(store.folder, "models", "notes.txt"),
      ].sort(),
    );
  }));
