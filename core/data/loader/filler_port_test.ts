import assert from "node:assert/strict";
import { DataError } from "../../errors.ts";
import { startWorkerPort } from "./filler_port.ts";

Deno.test("startWorkerPort tells of a worker that dies, and does not wait for it", async () => {
  const told = Promise.withResolvers<Error>();
  const timer = setTimeout(() => told.resolve(new Error("nothing was told")), 60_000);
  // The worker looks into its setup before it can catch anything.
  const port = startWorkerPort("dying", null as never, {
    filled: () => assert.fail("nothing was asked for"),
    failed: told.resolve,
  });
  const error = await told.promise;
  clearTimeout(timer);
  assert(error instanceof DataError);
  assert.match(error.message, /A worker of the image loader has died: .*null/);
  await port.stop();
});
