import assert from "node:assert/strict";
import { countLeftOut, describeLeftOut, LeftOutLedger } from "./left_out.ts";

const damaged = (path: string) => ({ path, reason: "premature end" });

Deno.test("LeftOutLedger groups by stage and reason, and names the first", () => {
  const ledger = new LeftOutLedger();
  ledger.add("photos, val, decoding", [damaged("a.jpg")]);
  assert.deepEqual(ledger.entries, [
    { what: "a.jpg", reason: "premature end", stage: "photos, val, decoding", count: 1 },
  ]);
  ledger.add("photos, val, decoding", [damaged("a.jpg"), damaged("b/c.JPG")]);
  ledger.add("photos, val, listing", [
    { path: "x.bmp", reason: "not read", unit: "file" },
    { path: "*.bmp", reason: "not read", unit: "file", count: 40 },
  ]);
  assert.deepEqual(ledger.entries, [
    {
      what: "*.jpg",
      reason: "premature end",
      stage: "photos, val, decoding",
      count: 2,
      examples: ["a.jpg", "b/c.JPG"],
    },
    {
      what: "*.bmp",
      reason: "not read",
      stage: "photos, val, listing",
      count: 41,
      unit: "file",
      examples: ["x.bmp"],
    },
  ]);
  assert.equal(countLeftOut(ledger.entries), "2 images and 41 files");
});

Deno.test("LeftOutLedger joins what several jobs tell of the same data", () => {
  const jobs = [["a.jpg", "b.jpg"], ["b.jpg", "c.jpg"], ["b.jpg"]].map((paths) => {
    const ledger = new LeftOutLedger();
    ledger.add("photos, train, decoding", paths.map(damaged));
    return ledger.entries;
  });
  const all = new LeftOutLedger();
  jobs.forEach((entries) => all.merge(entries));
  const [entry] = all.entries;
  assert.deepEqual([entry!.count, entry!.examples], [3, ["a.jpg", "b.jpg", "c.jpg"]]);
  all.merge(all.entries);
  assert.deepEqual(all.entries, [entry]);
});

Deno.test("LeftOutLedger keeps its size whatever there is", () => {
  const ledger = new LeftOutLedger();
  ledger.add("x", Array.from({ length: 5000 }, (_, at) => damaged(`${at}.png`)));
  ledger.add("x", Array.from({ length: 5000 }, (_, at) => ({ path: `${at}`, reason: `r${at}` })));
  const { entries } = ledger;
  assert.ok(entries.length <= 101);
  assert.ok(entries.every(({ examples }) => (examples?.length ?? 0) <= 20));
  assert.equal(entries.reduce((sum, { count }) => sum + count, 0), 10_000);
});

Deno.test("describeLeftOut says what, where, why and how many", () => {
  assert.equal(
    describeLeftOut({ what: "a.jpg", reason: "broken", stage: "photos, val", count: 1 }),
    "image a.jpg (photos, val): broken",
  );
  assert.equal(
    describeLeftOut({
      what: "*.gif",
      reason: "unread",
      stage: "photos",
      count: 9,
      unit: "file",
      examples: ["1.gif", "2.gif", "3.gif", "4.gif"],
    }),
    "9 files *.gif (photos): unread (1.gif, 2.gif, 3.gif, …)",
  );
});
