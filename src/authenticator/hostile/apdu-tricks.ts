/** What hostile cards do with APDUs. SELECT is answered honestly, except by the tricks that are about it. */
import { concat } from '../../encoding/bytes.ts';
import { CLA, INS } from '../../transport/nfc/apdu.ts';
import type { ApduTrick } from './hostility.ts';

type Forged = (apdu: Uint8Array, count: number) => Uint8Array | Promise<Uint8Array>;

const isSelect = (apdu: Uint8Array) => apdu[0] === CLA.ISO && apdu[1] === INS.SELECT;

/** Answers everything after SELECT with `forged`. */
const instead = (forged: Forged) => (): ApduTrick => {
  let count = 0;
  return async (apdu, honest) => (isSelect(apdu) ? honest(apdu) : forged(apdu, count++));
};

const insteadOfSelect = (forged: Forged) => (): ApduTrick => {
  let count = 0;
  return async (apdu, honest) => (isSelect(apdu) ? forged(apdu, count++) : honest(apdu));
};

const changed = (change: (answer: Uint8Array) => Uint8Array) => (): ApduTrick => async (apdu, honest) => {
  const answer = await honest(apdu);
  return isSelect(apdu) ? answer : change(answer);
};

const never = () => new Promise<Uint8Array>(() => {});
/** Answers after 2 ms, as a real card takes a while; without it an endless exchange would leave the client no time. */
const soon = async (...bytes: number[]) => {
  await new Promise((resolve) => setTimeout(resolve, 2));
  return Uint8Array.from(bytes);
};

export const apduTricks = {
  mute: instead(never),
  muteSelect: insteadOfSelect(never),
  /** Status word 9100 (keepalive) with these keepalive statuses, one after the other. */
  worksForEver: (statuses: readonly number[]) =>
    instead((_apdu, count) => soon(statuses[count % statuses.length] as number, 0x91, 0x00)),
  /** One byte with status word 6101: another byte can be fetched. */
  oneMoreByte: instead(() => soon(0x00, 0x61, 0x01)),
  /** No data with status word 6100: more can be fetched. */
  moreOfNothing: instead(() => soon(0x61, 0x00)),
  wrongLengthForEver: instead(() => soon(0x6c, 0x10)),
  noDiagnosis: instead(() => Uint8Array.of(0x6f, 0x00)),
  unknownStatusWord: instead(() => Uint8Array.of(0x12, 0x34)),
  oneByte: instead(() => Uint8Array.of(0x90)),
  nothing: instead(() => new Uint8Array(0)),
  okWithoutAnswer: instead(() => Uint8Array.of(0x90, 0x00)),
  tooLong: changed((answer) => concat(answer.subarray(0, -2), new Uint8Array(65_536), answer.subarray(-2))),
  selectsNothing: insteadOfSelect(() => Uint8Array.of(0x6a, 0x82)),
  selectsForEver: insteadOfSelect(() => soon(0x55, 0x61, 0x01)),
} as const;
