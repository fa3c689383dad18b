import assert from "node:assert/strict";
import { formatGigabytes, memoryNote } from "./training_memory.ts";

Deno.test("memoryNote warns only where more is needed than is free", () => {
  const { note, warning } = memoryNote(1e15);
  assert.match(note, /needs about 1000000 GB of memory, [\d.]+ GB are free/);
  assert.equal(warning, `${note}: the system may end it`);
  assert.equal(memoryNote(1).warning, undefined);
});

Deno.test("formatGigabytes tells tenths below ten gigabytes, and none above", () => {
  assert.deepEqual([1.24e9, 9.5e9, 12.4e9].map(formatGigabytes), ["1.2 GB", "9.5 GB", "12 GB"]);
});
