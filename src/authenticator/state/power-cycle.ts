import type { JsonObject, JsonReader } from './json-reader.ts';

/**
 * What power-off clears. It is stored all the same: a key that stays plugged in may be driven by one process after
 * another, and must not regain tries or its reset window between them.
 */
export interface PowerCycle {
  /** Milliseconds since the epoch. */
  poweredOnAt: number;
  /** Wrong PINs in a row; three block the PIN until power-off. */
  pinMisses: number;
  /** The evidence of presence that being brought into the field gives was used up (§11.3, user presence). */
  presenceUsed: boolean;
  /** A command other than getInfo, selection or reset came, which costs some models the chance to reset. */
  otherCommandSeen: boolean;
}

export function newPowerCycle(now: number): PowerCycle {
  return { poweredOnAt: now, pinMisses: 0, presenceUsed: false, otherCommandSeen: false };
}

export function powerCycleToJson(powerCycle: PowerCycle): JsonObject {
  return { ...powerCycle };
}

export function powerCycleFromJson(reader: JsonReader): PowerCycle {
  return {
    poweredOnAt: reader.member('poweredOnAt').integer(0, Number.MAX_SAFE_INTEGER),
    pinMisses: reader.member('pinMisses').integer(0, 3),
    presenceUsed: reader.member('presenceUsed').boolean(),
    otherCommandSeen: reader.member('otherCommandSeen').boolean(),
  };
}
