/**
 * The peer TensorFlow.js: the step of the small network, from the same weights, on the same batch.
 *
 *     deno run --no-config --no-lock --node-modules-dir=none --cached-only … --probe
 *     deno run --no-config --no-lock --node-modules-dir=none --cached-only … REQUEST
 *
 * It is not a dependency of the project: its packages are taken from Deno's cache, and the peer is
 * skipped where they are not there. The WebAssembly backend is used where it can train, else the
 * one in plain JavaScript.
 *
 * @module
 */

import { printJson } from "../../../core/output.ts";
import process from "node:process";
import { readSafetensors } from "../../../core/nn/safetensors.ts";

const version = "4.22.0";
// Not literals: type checks and the lock file of the project must not see these packages.
const packages = ["@tensorflow/tfjs", "@tensorflow/tfjs-backend-wasm"].map((name) =>
  `npm:${name}@${version}`
);

/** What is used of a tensor. */
interface Tensor {
  data(): Promise<Float32Array>;
  dispose(): void;
}

/** What is used of TensorFlow.js; its own types are not installed. */
interface TensorFlow {
  setBackend(name: string): Promise<boolean>;
  tensor(values: Float32Array, shape: readonly number[]): Tensor;
  variable(tensor: Tensor): Tensor;
  tidy<T>(compute: () => T): T;
  transpose(x: Tensor, order: readonly number[]): Tensor;
  conv2d(x: Tensor, filter: Tensor, stride: number, pad: number, ...rest: unknown[]): Tensor;
  add(a: Tensor, b: Tensor): Tensor;
  sub(a: Tensor, b: Tensor): Tensor;
  square(x: Tensor): Tensor;
  relu(x: Tensor): Tensor;
  mean(x: Tensor, axes?: readonly number[]): Tensor;
  matMul(a: Tensor, b: Tensor, transposeA: boolean, transposeB: boolean): Tensor;
  train: {
    sgd(rate: number): { minimize(loss: () => Tensor, returnCost: true): Tensor };
  };
}

interface Request {
  readonly file: string;
  readonly threads: number;
  readonly warmUp: number;
  readonly steps: number;
}

async function prepare(tf: TensorFlow, { file }: Request) {
  const { tensors, metadata } = readSafetensors(await Deno.readFile(file), file);
  const load = (name: string) => {
    const { shape, data } = tensors.get(name)!;
    return tf.tensor(data as Float32Array, shape);
  };
  // TensorFlow's orders: images [B, H, W, C], filters [H, W, in, out].
  const variables = Object.fromEntries(
    [...tensors.keys()].filter((name) => !name.startsWith("input/")).map((name) => [
      name,
      tf.variable(/^conv\d/.test(name) ? tf.transpose(load(name), [2, 3, 1, 0]) : load(name)),
    ]),
  );
  const images = tf.transpose(load("input/images"), [0, 2, 3, 1]);
  const targets = load("input/targets");
  const { learningRate } = JSON.parse(metadata["settings"]!) as { learningRate: number };
  const optimizer = tf.train.sgd(learningRate);
  const convolve = (x: Tensor, name: string, stride: number) =>
    tf.relu(tf.conv2d(x, variables[`${name}.weight`]!, stride, 1, "NHWC", [1, 1], "floor"));
  const loss = () => {
    const maps = convolve(convolve(images, "conv1", 1), "conv2", 2);
    const product = tf.matMul(tf.mean(maps, [1, 2]), variables["head.weight"]!, false, true);
    return tf.mean(tf.square(tf.sub(tf.add(product, variables["head.bias"]!), targets)));
  };
  const step = async () => {
    const cost = tf.tidy(() => optimizer.minimize(loss, true));
    const [value] = await cost.data();
    cost.dispose();
    return value!;
  };
  return { step, images: tensors.get("input/images")!.shape[0]! };
}

async function measure(request: Request): Promise<unknown> {
  const [tf, wasm] = await Promise.all(packages.map((name) => import(name))) as unknown as [
    TensorFlow,
    { setThreadsCount(count: number): void },
  ];
  wasm.setThreadsCount(request.threads);
  let note = "WebAssembly backend";
  let prepared: Awaited<ReturnType<typeof prepare>>;
  const values: number[] = [];
  try {
    if (!await tf.setBackend("wasm")) throw new Error("the backend does not start");
    prepared = await prepare(tf, request);
    values.push(await prepared.step());
  } catch (error) {
    note = `JavaScript backend, one thread; the WebAssembly backend cannot train: ${
      error instanceof Error ? error.message.split("\n")[0] : error
    }`;
    await tf.setBackend("cpu");
    prepared = await prepare(tf, request);
    values.push(await prepared.step());
  }
  const { step, images } = prepared;
  for (let index = 1; index < request.warmUp; index++) values.push(await step());
  const seconds: number[] = [];
  const before = process.cpuUsage();
  for (let index = 0; index < request.steps; index++) {
    const started = performance.now();
    values.push(await step());
    seconds.push((performance.now() - started) / 1000);
  }
  const { user, system } = process.cpuUsage(before);
  return {
    seconds,
    cpuSeconds: (user + system) / 1e6 / request.steps,
    peakBytes: process.resourceUsage().maxRSS * 1024,
    values,
    images,
    versions: { "tensorflow.js": version, deno: Deno.version.deno },
    note,
  };
}

if (import.meta.main) {
  if (Deno.args[0] === "--probe") {
    await Promise.all(packages.map((name) => import(name)));
    printJson({ "tensorflow.js": version }, { indent: 0 });
  } else printJson(await measure(JSON.parse(Deno.args[0]!) as Request), { indent: 0 });
  Deno.exit(0);
}
