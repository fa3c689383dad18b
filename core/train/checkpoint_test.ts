import assert from "node:assert/strict";
import { join } from "node:path";
import { floatTensor } from "../engine/session.ts";
import { DataError } from "../errors.ts";
import { readSafetensors, writeSafetensors } from "../nn/safetensors.ts";
import { type Checkpoint, loadCheckpoint, saveCheckpoint } from "./checkpoint.ts";

const checkpoint: Checkpoint = {
  state: {
    step: 130,
    tensors: {
      parameters: floatTensor(Float32Array.of(0.1, -2, 3e-38, 0), [4]),
      "state/bank": floatTensor(Float32Array.of(1, 2, 3, 4, 5, 6), [3, 2]),
    },
  },
  curve: {
    steps: [10, 20],
    loss: [3.5, 2.25],
    parts: { visual: [1, 2], textual: [3, 4] },
  },
  seconds: 61.25,
};
const shapes = { parameters: [4], "state/bank": [3, 2] };

/** Runs a test with a checkpoint on disk. */
async function withCheckpoint(use: (path: string, bytes: Uint8Array) => Promise<void>) {
  const folder = await Deno.makeTempDir();
  try {
    const path = join(folder, "cell", "checkpoint.safetensors");
    await saveCheckpoint(path, checkpoint, "hash of the cell");
    await use(path, await Deno.readFile(path));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function assertDamaged(path: string, reason: RegExp) {
  return (error: unknown) => {
    assert(error instanceof DataError, String(error));
    assert(error.message.includes(path));
    assert.match(error.message, /delete the file/);
    assert.match(error.message, reason);
    return true;
  };
}

Deno.test("loadCheckpoint() gives back what saveCheckpoint() was given", async () => {
  await withCheckpoint(async (path) => {
    assert.deepEqual(await loadCheckpoint(path, "hash of the cell", shapes), checkpoint);
    const names = [...Deno.readDirSync(join(path, ".."))].map(({ name }) => name);
    assert.deepEqual(names, ["checkpoint.safetensors"], "no temporary file stays");
  });
});

Deno.test("loadCheckpoint() is undefined where there is none, or one of other settings", async () => {
  await withCheckpoint(async (path) => {
    assert.equal(await loadCheckpoint(`${path}.none`, "hash of the cell", shapes), undefined);
    assert.equal(await loadCheckpoint(path, "another hash", shapes), undefined);
  });
});

Deno.test("loadCheckpoint() refuses a file cut short anywhere", async () => {
  await withCheckpoint(async (path, bytes) => {
    for (const length of [0, 5, 100, bytes.length - 1]) {
      await Deno.writeFile(path, bytes.subarray(0, length));
      await assert.rejects(
        loadCheckpoint(path, "hash of the cell", shapes),
        assertDamaged(path, /./),
        `${length} bytes`,
      );
    }
  });
});

Deno.test("loadCheckpoint() refuses a file with one bit turned over in its numbers", async () => {
  await withCheckpoint(async (path, bytes) => {
    for (const back of [1, 20, 40]) {
      const damaged = bytes.slice();
      damaged[bytes.length - back]! ^= 4;
      await Deno.writeFile(path, damaged);
      await assert.rejects(
        loadCheckpoint(path, "hash of the cell", shapes),
        assertDamaged(path, /checksum/),
        `byte ${back} from the end`,
      );
    }
  });
});

Deno.test("loadCheckpoint() refuses metadata that were changed", async () => {
  await withCheckpoint(async (path, bytes) => {
    const { tensors, metadata } = readSafetensors(bytes, path);
    const floats = new Map(
      [...tensors].map(([name, { shape, data }]) => [name, { shape, data: data as Float32Array }]),
    );
    const changes: Record<string, string | undefined>[] = [
      { step: "131" },
      { curve: "null" },
      { checksum: undefined },
    ];
    for (const change of changes) {
      const next = Object.entries({ ...metadata, ...change })
        .filter((entry): entry is [string, string] => entry[1] !== undefined);
      await Deno.writeFile(path, writeSafetensors(floats, { metadata: Object.fromEntries(next) }));
      await assert.rejects(
        loadCheckpoint(path, "hash of the cell", shapes),
        assertDamaged(path, /checksum/),
        JSON.stringify(change),
      );
    }
  });
});

Deno.test("loadCheckpoint() refuses tensors that are not the training's", async () => {
  await withCheckpoint(async (path) => {
    const load = (wanted: Record<string, number[]>) =>
      loadCheckpoint(path, "hash of the cell", wanted);
    await assert.rejects(
      load({ ...shapes, momentum: [4] }),
      assertDamaged(path, /"momentum" is missing, expected \[4\]/),
    );
    await assert.rejects(
      load({ ...shapes, "state/bank": [2, 3] }),
      assertDamaged(path, /"state\/bank" is \[3, 2\], expected \[2, 3\]/),
    );
  });
});

Deno.test("loadCheckpoint() refuses a step or a curve that makes no sense", async () => {
  const wrong: Checkpoint[] = [
    { ...checkpoint, state: { ...checkpoint.state, step: NaN } },
    { ...checkpoint, state: { ...checkpoint.state, step: -1 } },
    { ...checkpoint, seconds: NaN },
    { ...checkpoint, curve: { ...checkpoint.curve, loss: [NaN] } },
  ];
  await withCheckpoint(async (path) => {
    for (const content of wrong) {
      await saveCheckpoint(path, content, "hash of the cell");
      await assert.rejects(
        loadCheckpoint(path, "hash of the cell", shapes),
        assertDamaged(path, /step|seconds|curve/),
      );
    }
  });
});
