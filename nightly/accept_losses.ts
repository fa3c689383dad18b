/**
 * What becomes of the losses of a night that is stored as the baseline.
 *
 * @module
 */

import { countOf } from "../reports/format.ts";
import type { Judgement } from "./gate/judge.ts";
import type { SpeedNight } from "./speed_night.ts";

/** A night that was judged, and what of it was stored. */
export interface AcceptRequest {
  readonly judgements: readonly Judgement[];
  readonly speed: SpeedNight | undefined;
  /** Why the user stores the night; undefined where that is not wanted. */
  readonly reason: string | undefined;
  /** Names of the tables that were stored. */
  readonly stored: ReadonlySet<string>;
  /** Whether the speed cases were stored. */
  readonly isSpeedStored: boolean;
}

/** A night after its losses were accepted. */
export interface AcceptedNight {
  readonly judgements: readonly Judgement[];
  readonly speed: SpeedNight | undefined;
  /** What was accepted, for the reader. */
  readonly remarks: readonly string[];
}

/**
 * Makes known losses of the losses in everything that the user stored as the baseline: they are accepted for
 * the same reason, are still shown, and fail the night no more. What was not stored, as a table that failed
 * in part, fails all the same.
 */
export function acceptLosses(
  { judgements, speed, reason, stored, isSpeedStored }: AcceptRequest,
): AcceptedNight {
  if (reason === undefined) return { judgements, speed, remarks: [] };
  let count = 0;
  const accept = <T extends Judgement | SpeedNight["judgements"][number]>(one: T): T => {
    if (one.verdict !== "loss") return one;
    count++;
    return { ...one, verdict: "known" };
  };
  return {
    judgements: judgements.map((one) => stored.has(one.group.table) ? accept(one) : one),
    speed: speed === undefined || !isSpeedStored
      ? speed
      : { ...speed, judgements: speed.judgements.map(accept) },
    remarks: count === 0
      ? []
      : [`${countOf(count, "loss", "losses")} accepted with the night: ${reason}`],
  };
}
