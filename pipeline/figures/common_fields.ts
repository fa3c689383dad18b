/**
 * What every figure of several rows says of itself.
 *
 * @module
 */

/** Fields that all of them have. */
export interface CommonFigureFields {
  readonly id: string;
  readonly column: string;
  readonly data: string;
  readonly split: string;
  readonly seed: number;
}
