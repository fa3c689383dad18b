import assert from "node:assert/strict";
import { join } from "node:path";
import { projectFolder } from "../core/files.ts";
import { countNights, type Night, plantLoss } from "./speed_trials.ts";

Deno.test("plantLoss() finds its places in the module of sessions", async () => {
  const session = await Deno.readTextFile(join(projectFolder, "core", "engine", "session.ts"));
  const time = plantLoss(session, "time", 0);
  assert.match(time, /const begun = performance\.now\(\);\n {4}let results/);
  assert.match(time, /const until = performance\.now\(\) \+ 0\.25 \* /);
  assert.match(plantLoss(session, "memory", 1000), /new Uint8Array\(1000\)\.fill\(1\)/);
  assert.ok(plantLoss(session, "nothing", 0).startsWith(session));
  assert.throws(() => plantLoss("", "time", 0), /Cannot plant a loss in .*session\.ts: expected/);
});

Deno.test("countNights() tells what was planted from what was not", () => {
  const night = (exitCode: number, time: string, memory: string): Night => ({
    exitCode,
    seconds: 1,
    speed: {
      against: "",
      judgements: [
        { quantity: "time", ratio: 1.2, ratios: [1.1, 1.2, 1.3], verdict: time },
        { quantity: "memory", ratio: 1.3, ratios: [1.3, 1.3, 1.3], verdict: memory },
      ],
    },
  });
  const nights = [night(1, "loss", "noise"), night(0, "noise", "noise"), night(1, "loss", "loss")];
  const { found, falseAlarms, tries, ratios } = countNights("time", nights);
  assert.deepEqual([found, falseAlarms, tries], [2, 1, 3]);
  assert.deepEqual(ratios, [1.2, 1.2, 1.2]);
  const none = countNights("nothing", nights);
  assert.deepEqual([none.found, none.falseAlarms], [0, 2]);
  assert.equal(countNights("memory", nights).ratios[0], 1.3);
});
