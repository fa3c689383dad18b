/**
 * The operators that a graph may hold, and the static parameters of each.
 *
 * Names and meanings are ONNX's (opset 18) and, for `FusedMatMul` and the blocked layout, ONNX
 * Runtime's domains `com.microsoft` and `com.microsoft.nchwc`. What ONNX takes as a constant input
 * (axes, shapes, pads, bounds) is a typed attribute here: every shape is known when the graph is
 * built. `proto.ts` turns it back into inputs when a file is written.
 *
 * @module
 */

/** Element types that graphs use. */
export type DataType = "float32" | "int64" | "int32" | "uint8" | "bool";

/** An operator without static parameters. */
export type NoAttributes = Record<never, never>;

/** Windows of a convolution or pooling over `d` spatial axes. */
export interface WindowAttributes {
  /** Step per spatial axis; all 1 where absent. */
  readonly strides?: readonly number[];
  /** Padding: the beginnings of all spatial axes, then their ends; all 0 where absent. */
  readonly pads?: readonly number[];
  /** Distance between taps per spatial axis; all 1 where absent. */
  readonly dilations?: readonly number[];
}

/** Axes of a reduction. */
export interface ReduceAttributes {
  /** Axes that are summed over, none negative. */
  readonly axes: readonly number[];
  /** Whether the axes stay, with length 1. */
  readonly keepdims: boolean;
}

/** Static parameters by operator name. */
export interface OpAttributes {
  // Arithmetic with numpy broadcasting.
  Add: NoAttributes;
  Sub: NoAttributes;
  Mul: NoAttributes;
  Div: NoAttributes;
  /** Sum of any number of tensors. */
  Sum: NoAttributes;
  Max: NoAttributes;
  Min: NoAttributes;
  Neg: NoAttributes;
  Sqrt: NoAttributes;
  Exp: NoAttributes;
  Log: NoAttributes;
  Reciprocal: NoAttributes;
  Abs: NoAttributes;
  Sign: NoAttributes;
  Sigmoid: NoAttributes;
  Tanh: NoAttributes;
  Erf: NoAttributes;
  Relu: NoAttributes;
  /** x where x ≥ 0, else alpha · x. */
  LeakyRelu: { readonly alpha: number };
  Clip: { readonly min: number; readonly max: number };
  HardSigmoid: { readonly alpha: number; readonly beta: number };
  Identity: NoAttributes;
  Cast: { readonly to: DataType };
  // Comparisons and selection.
  Equal: NoAttributes;
  Greater: NoAttributes;
  GreaterOrEqual: NoAttributes;
  Less: NoAttributes;
  And: NoAttributes;
  Where: NoAttributes;
  // Linear algebra.
  MatMul: NoAttributes;
  /**
   * alpha · op(A) · op(B), op = transpose of the last two axes where asked. `transBatchA`,
   * `transBatchB`: that operand is [rows, batch, columns], before op.
   */
  FusedMatMul: {
    readonly transA: boolean;
    readonly transB: boolean;
    readonly alpha: number;
    readonly transBatchA?: boolean;
    readonly transBatchB?: boolean;
  };
  Conv: WindowAttributes & { readonly group?: number };
  // ONNX Runtime's blocked layout (`blocked_channels.ts`), domain `com.microsoft.nchwc`.
  /** [N, C, H, W] in blocks of channels. */
  ReorderInput: NoAttributes;
  /** Back from blocks. */
  ReorderOutput: { readonly channels: number };
  /** `FusedConv` of two axes, its tensors in blocks; bias, and z after it, may be missing. */
  BlockedConv: WindowAttributes & {
    readonly group?: number;
    readonly activation?: {
      readonly name: "HardSigmoid";
      readonly alpha: number;
      readonly beta: number;
    };
  };
  /** `MaxPool` of two axes, in blocks, without indices. */
  BlockedMaxPool: WindowAttributes & { readonly kernelShape: readonly number[] };
  /**
   * activation(Conv(x, weight, bias) + z), no activation where absent (`com.microsoft`; inputs x,
   * weight, bias, z).
   */
  FusedConv: WindowAttributes & { readonly group?: number; readonly activation?: "Relu" };
  ConvTranspose: WindowAttributes & {
    readonly group?: number;
    readonly outputPadding?: readonly number[];
  };
  // Normalisation in inference form: (x − mean) / √(var + ε) · scale + bias over axis 1.
  BatchNormalization: { readonly epsilon: number };
  // Pooling over `[N, C, spatial…]`.
  /** Two outputs: the maxima and their flat indices into the whole input. */
  MaxPool: WindowAttributes & { readonly kernelShape: readonly number[] };
  AveragePool: Omit<WindowAttributes, "dilations"> & {
    readonly kernelShape: readonly number[];
    readonly countIncludePad: boolean;
  };
  GlobalAveragePool: NoAttributes;
  // Reductions.
  ReduceSum: ReduceAttributes;
  ReduceMean: ReduceAttributes;
  ReduceMax: ReduceAttributes;
  ReduceSumSquare: ReduceAttributes;
  ArgMax: { readonly axis: number };
  Softmax: { readonly axis: number };
  LogSoftmax: { readonly axis: number };
  // Movement.
  Reshape: { readonly shape: readonly number[] };
  Transpose: { readonly perm: readonly number[] };
  Slice: {
    readonly starts: readonly number[];
    readonly ends: readonly number[];
    readonly axes: readonly number[];
    readonly steps: readonly number[];
  };
  Concat: { readonly axis: number };
  Split: { readonly axis: number; readonly split: readonly number[] };
  /** Constant padding; negative pads crop. Beginnings of all axes, then ends. */
  Pad: {
    readonly pads: readonly number[];
    /** @default {0} */
    readonly value?: number;
  };
  Expand: { readonly shape: readonly number[] };
  Gather: { readonly axis: number };
  /** data + updates at indices, duplicates added (`reduction = "add"`). */
  ScatterElements: { readonly axis: number };
  /** data + updates at index tuples, duplicates added (`reduction = "add"`). */
  ScatterND: NoAttributes;
  OneHot: { readonly depth: number };
  /** data at indices along an axis, element by element: indices have the shape of the result. */
  GatherElements: { readonly axis: number };
  /** Sums of everything up to each place of an axis. */
  CumSum: { readonly axis: number };
  // Detection.
  /** Two outputs: the k largest along an axis, the largest first, and their indices. */
  TopK: { readonly axis: number; readonly k: number };
  /**
   * Boxes [B, N, 4] and scores [B, C, N] become index triples (image, class, box). How many there are is
   * known only when it runs: the shape here is the most there may be.
   */
  NonMaxSuppression: {
    readonly iouThreshold: number;
    readonly scoreThreshold: number;
    /** Most boxes of an image and class. */
    readonly most: number;
  };
  /** Features [B, C, H, W], boxes [R, 4] and image indices [R] become [R, C, side, side]. */
  RoiAlign: {
    readonly side: number;
    readonly samplingRatio: number;
    readonly spatialScale: number;
    /** Shift of half a pixel. */
    readonly aligned: boolean;
  };
}

/** Name of an operator. */
export type OpName = keyof OpAttributes;

/** Attributes of one operator, for messages and prints. */
export type AnyAttributes = OpAttributes[OpName];
