/** Adds nights of a branch of its own to a history, one by one. */

import { openHistory } from "../history.ts";
import { makeNight } from "../night_record.ts";

const [path, branch, count] = Deno.args;
using history = await openHistory(path!, { waitSeconds: 60 });
Deno.stdout.writeSync(new TextEncoder().encode("ready\n"));
for (let night = 0; night < Number(count); night++) {
  await history.add(makeNight({
    time: new Date(Date.UTC(2026, 0, 1, 0, night)).toISOString(),
    branch: `branch ${branch}`,
    machine: "a machine",
    table: "table2",
    size: "mini",
    numbers: Array.from({ length: 20 }, (_, place) => ({
      position: `table2/row/${place}`,
      value: night + place,
    })),
  }));
}
