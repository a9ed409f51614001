/** Opens one key and asks it who it is. */
import { ApduError, FidoError } from '../errors.ts';
import type { CtapDevice } from '../transport/device.ts';
import { SW } from '../transport/nfc/apdu.ts';
import type { KeyTrial } from './facts.ts';

/** authenticatorGetInfo (CTAP 2.3 §6.4), the one command that every FIDO2 key answers at any time. */
const GET_INFO = 0x04;
/** CTAP1_ERR_INVALID_COMMAND: it has the transport's command, but no CTAP2 behind it. */
const INVALID_COMMAND = 0x01;
/** CTAP2_ERR_KEEPALIVE_CANCEL: it would have gone on. */
const CANCELLED = 0x2d;
/** Status words with which a card says that it knows U2F's commands only. */
const NO_CTAP2: ReadonlySet<number> = new Set([SW.insNotSupported, SW.claNotSupported]);

/** It is answered at once, or never. */
const LIMIT_MS = 10_000;

/** Never throws for what a key does. */
export async function tryKey(
  name: string,
  place: string,
  open: () => Promise<CtapDevice>,
  limitMs = LIMIT_MS,
): Promise<KeyTrial> {
  let device: CtapDevice | undefined;
  let opened = false;
  try {
    device = await open();
    opened = true;
    const limits = { signal: AbortSignal.timeout(limitMs), silenceMs: limitMs };
    const [status] = await device.transact(Uint8Array.of(GET_INFO), limits);
    if (status === CANCELLED) throw new FidoError('no-answer', 'the key works on and on, and gives no answer');
    return { name, place, outcome: status === INVALID_COMMAND ? 'u2f-only' : 'works' };
  } catch (error) {
    if (!(error instanceof FidoError)) throw error;
    // Until it is open, a card refuses for want of the applet; afterwards, a key for want of CTAP2.
    if (error.code === 'unsupported') return { name, place, outcome: opened ? 'u2f-only' : 'not-fido' };
    if (error instanceof ApduError && NO_CTAP2.has(error.sw)) return { name, place, outcome: 'u2f-only' };
    return { name, place, outcome: 'failed', error };
  } finally {
    await device?.close();
  }
}
