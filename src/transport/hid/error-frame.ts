import { type FidoErrorCode, HidError } from '../../errors.ts';
import { HID_ERROR } from './framing.ts';

interface Meaning {
  code: FidoErrorCode;
  message: string;
  hint?: string;
  /** The key may still be in the middle of a message: INIT on the channel before the next command. */
  resynchronise?: true;
}

const MEANINGS: Readonly<Record<number, Meaning>> = {
  [HID_ERROR.ERR_INVALID_CMD]: { code: 'unsupported', message: 'the key does not know this CTAPHID command' },
  [HID_ERROR.ERR_INVALID_PAR]: { code: 'transport-failed', message: 'the key refused a parameter of the message' },
  // Keys whose buffer is smaller than 7,609 bytes say so with this code.
  [HID_ERROR.ERR_INVALID_LEN]: { code: 'too-large', message: 'the key cannot take a message of this length' },
  [HID_ERROR.ERR_INVALID_SEQ]: {
    code: 'transport-failed',
    message: 'the key received the packets of the message out of order',
    resynchronise: true,
  },
  [HID_ERROR.ERR_MSG_TIMEOUT]: {
    code: 'transport-failed',
    message: 'the key received only a part of the message',
    resynchronise: true,
  },
  [HID_ERROR.ERR_CHANNEL_BUSY]: {
    code: 'key-busy',
    message: 'another program is using the key',
    hint: 'Close the other program, or finish what it asks for, and try again.',
  },
  [HID_ERROR.ERR_LOCK_REQUIRED]: {
    code: 'key-busy',
    message: 'another program has locked the key',
    hint: 'The lock ends by itself after at most 10 seconds.',
  },
  [HID_ERROR.ERR_INVALID_CHANNEL]: {
    code: 'transport-failed',
    message: 'the key does not accept the channel it gave',
    resynchronise: true,
  },
  [HID_ERROR.ERR_OTHER]: {
    code: 'transport-failed',
    message: 'the key reports an unspecified transport error',
    resynchronise: true,
  },
};

/** The failure that a CTAPHID_ERROR frame stands for (CTAP 2.3 §11.2.9.1.6). */
export function hidError(code: number): HidError {
  const meaning = MEANINGS[code];
  if (!meaning) return new HidError('transport-failed', code, `the key reports transport error ${hex(code)}`);
  return new HidError(
    meaning.code,
    code,
    `${meaning.message} (CTAPHID error ${hex(code)})`,
    meaning.hint === undefined ? {} : { hint: meaning.hint },
  );
}

/** Whether the channel has to be initialised anew after this CTAPHID_ERROR; so after every unknown one. */
export function needsResynchronisation(code: number): boolean {
  const meaning = MEANINGS[code];
  return meaning === undefined || meaning.resynchronise === true;
}

function hex(code: number): string {
  return `0x${code.toString(16).padStart(2, '0').toUpperCase()}`;
}
