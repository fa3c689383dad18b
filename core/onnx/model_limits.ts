/**
 * What an ONNX file must keep to, so that the runtime neither crashes on it nor takes memory that no
 * network needs: ONNX Runtime itself checks little of it.
 *
 * @module
 */

/** Operators of ONNX of which all outputs may go without a name, and those whose first may not. */
const optionalOutputs: ReadonlySet<string> = new Set(["LSTM", "GRU", "RNN"]);
const optionalFurtherOutputs: ReadonlySet<string> = new Set([
  "BatchNormalization",
  "Dropout",
  "LayerNormalization",
  "MaxPool",
  "SoftmaxCrossEntropyLoss",
  "Unique",
  ...optionalOutputs,
]);

/**
 * An output without a name that its operator must write: the runtime crashes there.
 *
 * @param isNamed Whether each output has a name.
 */
export function findOutputProblem(
  operator: string,
  domain: string,
  isNamed: readonly boolean[],
): string | undefined {
  if (domain !== "" && domain !== "ai.onnx") return undefined;
  const wrong = isNamed.findIndex((named, index) =>
    !named && !(index === 0 ? optionalOutputs : optionalFurtherOutputs).has(operator)
  );
  return wrong < 0 ? undefined : `output ${wrong} of an operator ${operator} has no name`;
}

/**
 * Attributes that count pixels, channels or axes, and the largest number that any network has there:
 * with larger ones the runtime overflows.
 */
const countingAttributes: ReadonlySet<string> = new Set([
  "axes",
  "axis",
  "blocksize",
  "dilations",
  "group",
  "kernel_shape",
  "num_outputs",
  "output_padding",
  "output_shape",
  "pads",
  "split",
  "strides",
]);
const mostCount = 2n ** 20n;

/** A number of an attribute that no network has. */
export function findAttributeProblem(name: string, numbers: readonly bigint[]): string | undefined {
  if (!countingAttributes.has(name)) return undefined;
  const wrong = numbers.map((number) => BigInt.asIntN(64, number))
    .find((number) => number > mostCount || number < -mostCount);
  return wrong === undefined ? undefined : `${name} is ${wrong}, expected at most ${mostCount}`;
}

/** Bytes of an element by its type (`TensorProto.DataType`), where it has whole bytes. */
const elementBytes: Readonly<Record<number, number>> = {
  1: 4, // float32
  2: 1, // uint8
  3: 1, // int8
  4: 2, // uint16
  5: 2, // int16
  6: 4, // int32
  7: 8, // int64
  9: 1, // bool
  10: 2, // float16
  11: 8, // float64
  12: 4, // uint32
  13: 8, // uint64
  16: 2, // bfloat16
};

/** Most elements of a constant. */
const mostElements = 2 ** 32;

/** A constant whose bytes do not fit its shape. */
export function findConstantProblem(
  { name, type, elements, bytes }: {
    name: string;
    type: number;
    elements: number;
    /** Bytes that are in the file; undefined where they are kept in another way. */
    bytes: number | undefined;
  },
): string | undefined {
  const size = elementBytes[type];
  if (elements > mostElements || elements < 0) {
    return `constant "${name}" has ${elements} elements, expected at most ${mostElements}`;
  }
  if (bytes === undefined || size === undefined || elements * size === bytes) return undefined;
  return `constant "${name}" has ${bytes} bytes, expected ${elements * size}`;
}

/** Inputs of operators that say how large their output is, by the index of the input. */
const sizeInputs: Readonly<Record<string, number>> = {
  ConstantOfShape: 0,
  Expand: 1,
  Pad: 1,
  Reshape: 1,
  Resize: 3,
  Tile: 1,
};

/** Largest padding of an axis, and most elements that a shape may ask for: 1 GiB of float32. */
const mostPadding = 4096n;
const mostShapeElements = 2n ** 28n;

/** Index of the input of an operator that says how large its output is; undefined where none does. */
export function sizeInputOf(operator: string): number | undefined {
  return Object.hasOwn(sizeInputs, operator) ? sizeInputs[operator] : undefined;
}

/**
 * A size in a constant that no memory holds.
 *
 * @param numbers Of the input that {@linkcode sizeInputOf} names.
 */
export function findSizeProblem(operator: string, numbers: readonly bigint[]): string | undefined {
  if (operator === "Pad") {
    const wrong = numbers.find((number) => number > mostPadding || number < -mostPadding);
    return wrong === undefined
      ? undefined
      : `an operator Pad pads by ${wrong}, expected at most ${mostPadding}`;
  }
  // 0 and −1 stand for lengths of the input.
  const elements = numbers.reduce(
    (product, number) => number > 0n ? product * number : product,
    1n,
  );
  if (elements <= mostShapeElements) return undefined;
  return `an operator ${operator} gives [${numbers.join(", ")}], expected at most ` +
    `${mostShapeElements} numbers`;
}
