import { toHex } from '../../encoding/bytes.ts';
import type { Section } from './section.ts';

/** The client PIN and both retry counters (CTAP 2.3 §6.5.2). */
export interface PinState {
  /** Absent while no PIN is set. */
  current?: {
    /** LEFT(SHA-256(PIN), 16) */
    hash: Uint8Array;
    /** Length in Unicode code points, to know whether the PIN satisfies a raised minimum. */
    codePoints: number;
  };
  pinRetries: number;
  /** Three wrong PINs came in a row. Stored only on models with `keepsPowerCycleState`, where it outlives power-off. */
  authBlocked?: true;
  uvRetries: number;
  /** Built-in user verifications since the PIN was last entered. */
  uvCountSinceLastPinEntry: number;
}

export const pinSection: Section<PinState> = {
  initial: (model) => ({
    pinRetries: model.pin.maxRetries,
    uvRetries: model.uv?.maxRetries ?? 0,
    uvCountSinceLastPinEntry: 0,
  }),
  toJson: ({ current, ...counters }) => ({
    ...(current && { current: { hash: toHex(current.hash), codePoints: current.codePoints } }),
    ...counters,
  }),
  fromJson: (reader, model) => {
    const current = reader.optional('current');
    const authBlocked = reader.optional('authBlocked')?.boolean() ?? false;
    return {
      ...(authBlocked && { authBlocked }),
      ...(current && {
        current: { hash: current.member('hash').bytes(16), codePoints: current.member('codePoints').integer(1, 63) },
      }),
      pinRetries: reader.member('pinRetries').integer(0, model.pin.maxRetries),
      uvRetries: reader.member('uvRetries').integer(0, model.uv?.maxRetries ?? 0),
      uvCountSinceLastPinEntry: reader.member('uvCountSinceLastPinEntry').integer(0, Number.MAX_SAFE_INTEGER),
    };
  },
};
