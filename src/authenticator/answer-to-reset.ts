import type { CardInterface } from './models/model.ts';

/**
 * Answer to reset with the card's historical bytes, for protocol T=1 (ISO 7816-3; PC/SC part 3 for contactless cards).
 * Clients recognise a contactless card by TD1 = 0x80 and TD2 = 0x01.
 */
export function answerToReset({ transport, historicalBytes }: CardInterface): Uint8Array {
  const interfaceBytes = transport === 'nfc' ? [0x80, 0x01] : [0x01];
  const checked = [0x80 | historicalBytes.length, ...interfaceBytes, ...historicalBytes];
  // The check byte TCK makes the exclusive or of everything after TS zero.
  return Uint8Array.of(
    0x3b,
    ...checked,
    checked.reduce((sum, byte) => sum ^ byte, 0),
  );
}
