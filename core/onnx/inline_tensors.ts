/**
 * Small tensors that an ONNX file keeps in files beside it, put into it: shapes and other constants that
 * ONNX Runtime must know before it reads those files.
 *
 * Field numbers are those of `onnx.proto` (ONNX IR version 10).
 *
 * @module
 */

import { type WireFail, type WireField, wireFields } from "./wire.ts";

/** Bytes of a tensor in a file beside the model; undefined where it stays there. */
export type ReadExternal = (
  location: string,
  offset: number,
  length: number | undefined,
) => Uint8Array | undefined;

type MessageName = "model" | "graph" | "node" | "attribute" | "tensor";

/** Messages on the way to tensors: what each holds by the number of the field. */
const parts: Readonly<
  Record<Exclude<MessageName, "tensor">, Readonly<Record<number, MessageName>>>
> = {
  model: { 7: "graph" },
  graph: { 1: "node", 5: "tensor" },
  node: { 5: "attribute" },
  attribute: { 5: "tensor", 6: "graph", 10: "tensor", 11: "graph" },
};
const tensor = { raw: 9, external: 13, location: 14 } as const;
const entry = { key: 1, value: 2 } as const;

function join(chunks: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(chunks.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}

/** A field of bytes: tag, length, content. */
function bytesField(number: number, content: Uint8Array): Uint8Array[] {
  const head: number[] = [];
  for (let value of [number * 8 + 2, content.length]) {
    for (; value >= 0x80; value = Math.floor(value / 0x80)) head.push(value % 0x80 + 0x80);
    head.push(value);
  }
  return [Uint8Array.from(head), content];
}

/** Offsets and lengths are written as texts; undefined for what is none. */
function wholeNumber(text: string | undefined): number | undefined {
  const value = Number(text);
  return text !== undefined && /^\d+$/.test(text) && Number.isSafeInteger(value)
    ? value
    : undefined;
}

function inlineTensor(bytes: Uint8Array, read: ReadExternal, fail: WireFail): Uint8Array {
  const entries = new Map<string, string>();
  const kept: Uint8Array[] = [];
  for (const field of wireFields(bytes, fail)) {
    if (field.number === tensor.external) {
      const texts: Record<number, string> = {};
      for (const part of wireFields(field.bytes, fail)) {
        texts[part.number] = new TextDecoder().decode(part.bytes);
      }
      entries.set(texts[entry.key] ?? "", texts[entry.value] ?? "");
    } else if (field.number === tensor.raw) return bytes;
    else if (field.number !== tensor.location) kept.push(bytes.subarray(field.start, field.end));
  }
  const location = entries.get("location");
  const offset = entries.has("offset") ? wholeNumber(entries.get("offset")) : 0;
  const length = wholeNumber(entries.get("length"));
  if (location === undefined || offset === undefined) return bytes;
  if (entries.has("length") && length === undefined) return bytes;
  const content = read(location, offset, length);
  return content === undefined ? bytes : join([...kept, ...bytesField(tensor.raw, content)]);
}

function inlineMessage(
  name: MessageName,
  bytes: Uint8Array,
  read: ReadExternal,
  fail: WireFail,
): Uint8Array {
  if (name === "tensor") return inlineTensor(bytes, read, fail);
  const chunks: Uint8Array[] = [];
  let isChanged = false;
  const inlineField = (field: WireField): Uint8Array[] => {
    const whole = [bytes.subarray(field.start, field.end)];
    const inner = parts[name][field.number];
    if (inner === undefined || !field.isPacked) return whole;
    const content = inlineMessage(inner, field.bytes, read, fail);
    if (content === field.bytes) return whole;
    isChanged = true;
    return bytesField(field.number, content);
  };
  for (const field of wireFields(bytes, fail)) chunks.push(...inlineField(field));
  return isChanged ? join(chunks) : bytes;
}

/**
 * An ONNX file with the tensors in it that `read` gives; every other field stays as it is.
 *
 * @param bytes A file that `readModelOutline` has read: how deep its graphs nest is checked there.
 * @param read Gives the bytes of a tensor, or leaves it where it is.
 * @returns `bytes` themselves where nothing changes.
 */
export function inlineTensors(bytes: Uint8Array, read: ReadExternal): Uint8Array {
  return inlineMessage("model", bytes, read, (reason): never => {
    throw new RangeError(`Expected an ONNX file that can be read: ${reason}`);
  });
}
