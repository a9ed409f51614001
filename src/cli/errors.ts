/** Every failure becomes words, a hint, an exit code and a JSON shape here, and only here. */
// Not from the public index: help and usage errors must not wait for the whole library to load.
import { CtapStatusError, FidoError, type FidoErrorCode, PinError } from '../errors.ts';

export const EXIT = {
  done: 0,
  bug: 1,
  usage: 2,
  noKey: 3,
  transport: 4,
  unsupported: 5,
  wrongPin: 6,
  blocked: 7,
  notConfirmed: 8,
  refused: 9,
  someFailed: 10,
  interrupted: 130,
} as const;

const EXIT_OF = {
  usage: EXIT.usage,
  'invalid-input': EXIT.usage,
  'input-required': EXIT.notConfirmed,
  'no-key': EXIT.noKey,
  'several-keys': EXIT.noKey,
  'wrong-key': EXIT.noKey,
  'not-found': EXIT.noKey,
  ambiguous: EXIT.noKey,
  'virtual-key-exists': EXIT.usage,
  'virtual-key-in-use': EXIT.transport,
  'key-removed': EXIT.transport,
  'no-answer': EXIT.transport,
  'access-denied': EXIT.transport,
  'key-busy': EXIT.transport,
  'transport-failed': EXIT.transport,
  'malformed-response': EXIT.transport,
  'usb-unavailable': EXIT.transport,
  'nfc-unavailable': EXIT.transport,
  'pcscd-not-running': EXIT.transport,
  'pcscd-access-denied': EXIT.transport,
  unsupported: EXIT.unsupported,
  'too-large': EXIT.refused,
  'pin-invalid': EXIT.wrongPin,
  'uv-invalid': EXIT.wrongPin,
  'pin-auth-blocked': EXIT.blocked,
  'pin-blocked': EXIT.blocked,
  'uv-blocked': EXIT.blocked,
  'pin-not-set': EXIT.refused,
  'pin-already-set': EXIT.refused,
  'pin-policy-violation': EXIT.refused,
  'pin-change-required': EXIT.refused,
  'touch-timeout': EXIT.notConfirmed,
  'person-timeout': EXIT.notConfirmed,
  'operation-denied': EXIT.notConfirmed,
  declined: EXIT.notConfirmed,
  interrupted: EXIT.interrupted,
  'reset-too-late': EXIT.refused,
  'reset-uncertain': EXIT.transport,
  'state-lost': EXIT.refused,
  refused: EXIT.refused,
} as const satisfies Record<FidoErrorCode, number>;

/** The `error` member of a failure's JSON document. */
export interface ErrorDocument {
  code: FidoErrorCode | 'bug';
  message: string;
  hint?: string;
  exit: number;
  retries?: number;
  status?: string;
}

export function errorDocument(error: unknown): ErrorDocument {
  if (!(error instanceof FidoError)) {
    return {
      code: 'bug',
      message: `this is a bug in seckey: ${error instanceof Error ? error.message : String(error)}`,
      hint: 'Please report it. SECKEY_DEBUG=1 shows where it happened.',
      exit: EXIT.bug,
    };
  }
  const status = statusNameOf(error);
  return {
    code: error.code,
    message: error.message,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    exit: EXIT_OF[error.code],
    ...(error instanceof PinError && error.retries !== undefined ? { retries: error.retries } : {}),
    ...(status === undefined ? {} : { status }),
  };
}

/** The status that a failure or its cause came from. */
function statusNameOf(error: unknown): string | undefined {
  if (error instanceof CtapStatusError) return error.statusName;
  return error instanceof FidoError && error.cause ? statusNameOf(error.cause) : undefined;
}
