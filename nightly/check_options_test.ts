import assert from "node:assert/strict";
import { ConfigError } from "../core/errors.ts";
import { checkNightOptions, type NightChoice } from "./check_options.ts";

const night = { tables: ["table2", "a/mine.yaml"], size: "smoke" };
const speed = { cases: "*" };

Deno.test("checkNightOptions() takes what a night can do", () => {
  checkNightOptions(night);
  checkNightOptions({ ...night, tables: [], speed });
  checkNightOptions({ ...night, branch: "feature/a, b", fresh: true });
  checkNightOptions({ ...night, store: "a" });
});

Deno.test("checkNightOptions() refuses what cannot be meant, with the way out", () => {
  const cases: [Partial<NightChoice>, RegExp][] = [
    [{ tables: [] }, /nothing to do/],
    [{ size: "tiny" }, /size.*"tiny"/],
    [
      { tables: ["a/mine.yaml", "b/mine.yml"] },
      /a\/mine\.yaml and b\/mine\.yml .*mine-smoke.*Rename/,
    ],
    [{ tables: ["table2", "mine/table2.yaml"] }, /table2-smoke/],
    [{ fresh: true, store: "a" }, /--fresh and --store/],
    [{ branch: "" }, /--branch.*an empty one/],
    [{ branch: " " }, /--branch.*an empty one/],
    [{ branch: "b".repeat(501) }, /--branch.*got 501/],
    [{ speed: { cases: "no-such-case" } }, /No benchmark is called no-such-case/],
    [{ speed: { cases: "{a" } }, /"\{" that is not closed/],
  ];
  for (const [change, message] of cases) {
    assert.throws(
      () => checkNightOptions({ ...night, ...change }),
      (error) => error instanceof ConfigError && message.test(error.message),
      `${message}`,
    );
  }
});
