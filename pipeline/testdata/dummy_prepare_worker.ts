/** Prepares nothing. `LGD_BENCH_TEST_PREPARE=damaged` makes it fail. */

import { DataError } from "../../core/errors.ts";
import { answerRun } from "../../core/launch/messages.ts";
import type { PreparePayload, PrepareResult } from "../messages.ts";

answerRun<PreparePayload>((): Promise<PrepareResult> => {
  if (Deno.env.get("LGD_BENCH_TEST_PREPARE") === "damaged") {
    return Promise.reject(new DataError("3 images are damaged"));
  }
  return Promise.resolve({ seconds: 0.5, warnings: [] });
});
