/**
 * A process that works on a store, for tests: `put FOLDER KEY COUNT` puts entries of the keys
 * `<key>0 …`; `compete FOLDER COUNT` makes the entries 0 … that are not there, each under its claim.
 */

import { sha256 } from "../../files.ts";
import { Store } from "../store.ts";
import { keyOf } from "./test_store.ts";

const [what, folder, first, count] = Deno.args;
const store = await Store.open(folder!);

/** Content that says when it is not whole: its last file is the hash of the first. */
function contentOf(index: number) {
  const bytes = new Uint8Array(200_000).fill(index);
  return { info: { index }, files: { "a.bin": bytes, "b.txt": sha256(bytes) } };
}

if (what === "put") {
  console.log("ready");
  for (let index = Number(first); index < Number(first) + Number(count); index++) {
    await store.put("model", keyOf(index), contentOf(index));
  }
} else if (what === "compete") {
  let made = 0;
  for (let index = 0; index < Number(first); index++) {
    const key = keyOf(index);
    for (;;) {
      using claim = await store.claim("model", key);
      if (claim === undefined) {
        await new Promise((resolve) => setTimeout(resolve, 1));
        continue;
      }
      if (await store.find("model", key) !== undefined) break;
      await store.put("model", key, contentOf(index));
      made++;
      break;
    }
  }
  console.log(made);
} else if (what === "hold") {
  const held = first === "shared"
    ? await store.hold("model", keyOf(0))
    : await store.claim("model", keyOf(0));
  console.log(held === undefined ? "busy" : "ready");
  await new Promise((resolve) => setTimeout(resolve, 60_000));
}
