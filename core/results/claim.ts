/**
 * A claim of a paper with what was found of it.
 *
 * @module
 */

/** What is found of a claim. */
export type ClaimVerdict = "holds" | "does-not-hold" | "cannot-be-told";

/** One difference that a claim is about. */
export interface ClaimPart {
  /** Id of the comparison. */
  comparison: string;
  verdict: ClaimVerdict;
  /** Why it cannot be told; absent where it can. */
  reason?: string;
  /**
   * Seeds with which an effect of the size of the paper's, or else of the claim's, is seen nine times in
   * ten; 0: no number is enough on these samples; null: not known.
   */
  seedsNeeded: number | null;
  /** Where the effect that seeds are counted for is from; null where none is known. */
  effectFrom: "paper" | "claim" | null;
}

/** A claim with its verdict. */
export interface ResultClaim {
  id: string;
  claim: string;
  /** Split on which it is judged. */
  split: string;
  verdict: ClaimVerdict;
  parts: ClaimPart[];
}
