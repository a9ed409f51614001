import { type LargeBlobOf, type LargeBlobUsage, toHex } from '../index.ts';
import { escaped } from './escape.ts';

export function usageWords({ used, capacity }: LargeBlobUsage): string {
  return `${used} of ${capacity} bytes are used.`;
}

/** Hex digits: enough to tell a credential from all others, few enough for a line. */
const SHOWN_ID = 16;

/** The beginning of a credential ID, as every command takes it. */
export function shownId(credentialId: Uint8Array): string {
  return toHex(credentialId).slice(0, SHOWN_ID);
}

/** The credential of a blob, in one line. */
export function ownerWords({ credentialId, rpId }: LargeBlobOf): string {
  return rpId === undefined ? shownId(credentialId) : `${shownId(credentialId)} (${escaped(rpId)})`;
}

/** `data` as text, if a terminal shows it as it is and obeys nothing in it; line feeds and tabs are harmless. */
export function printable(data: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(data);
    const withoutLayout = text.replace(/[\n\t]/g, '');
    return escaped(withoutLayout) === withoutLayout ? text : undefined;
  } catch {
    return undefined;
  }
}
