import type { JsonObject, JsonReader } from './json-reader.ts';

/**
 * What power-off clears. It is stored all the same: while the key stays plugged in, one process after another may use
 * it, and it must not regain PIN tries or the chance to be reset in between.
 */
export interface PowerCycle {
  /** Milliseconds since the epoch. */
  poweredOnAt: number;
  /** Wrong PINs in a row; three block the PIN until power-off. */
  pinMisses: number;
  /** The user presence that is proved by bringing the card into the field has been used (§11.3, user presence). */
  presenceUsed: boolean;
  /** A command other than getInfo, selection or reset has come; some models then refuse a reset. */
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
