import assert from "node:assert/strict";
import { channelBlock } from "../../engine/channel_block.ts";
import { floatTensor, Session } from "../../engine/session.ts";
import { Graph } from "../graph.ts";
import { shiftLength } from "./pick_pixels.ts";

const block = await channelBlock();

for (const channelBlock of block === undefined ? [undefined] : [undefined, block]) {
  const how = channelBlock === undefined ? "by a Pad" : "in blocks";
  Deno.test(`shiftLength() moves rows and fills with zeros, ${how}`, async () => {
    const unit = channelBlock ?? 3, channels = 2, rows = 3, columns = 5;
    for (const shift of [1, -1, 2, -3, 0]) {
      const graph = new Graph("shift", channelBlock === undefined ? {} : { channelBlock });
      const shape = [1, channels, rows, columns * unit];
      const x = graph.input("x", "float32", shape);
      const identity = { starts: [0], ends: [1], axes: [0], steps: [1] };
      graph.output("y", graph.node("Slice", [shiftLength(graph, x, shift * unit)], identity));
      const moved = graph.nodes.some(({ op }) => op === "BlockedConv");
      assert.equal(moved, channelBlock !== undefined && shift !== 0);
      const data = Float32Array.from(
        { length: channels * rows * columns * unit },
        (_, at) => at + 1,
      );
      const session = await Session.create(graph);
      const { y } = await session.run({ x: floatTensor(data, shape) });
      await session.release();
      const length = columns * unit;
      const expected = data.map((_, at) => {
        const from = at % length - shift * unit;
        return from < 0 || from >= length ? 0 : data[at - shift * unit]!;
      });
      assert.deepEqual(y!.data, expected);
    }
  });
}
