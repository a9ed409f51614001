/** A getInfo answer of a YubiKey-like software key, through the CBOR code and through the command's declaration. */
import { randomBytes } from 'node:crypto';
import { Authenticator } from '../src/authenticator/authenticator.ts';
import { modelById } from '../src/authenticator/models.ts';
import { createState } from '../src/authenticator/state.ts';
import { getInfo } from '../src/ctap2/commands/get-info.ts';
import { decodeResponse, encodeRequest } from '../src/ctap2/schema.ts';
import { decodeCborStrict, decodeCborTolerant, encodeCbor } from '../src/encoding/cbor.ts';
import { interleave, opsPerSecond } from './measure.ts';
import type { Table } from './table.ts';

export async function cbor(): Promise<Table> {
  const answer = await infoAnswer();
  const body = answer.subarray(1);
  const value = decodeCborTolerant(body);
  const rows = await interleave(
    [
      { name: 'decode, tolerant', measure: () => opsPerSecond(() => decodeCborTolerant(body)) },
      { name: 'decode, strict', measure: () => opsPerSecond(() => decodeCborStrict(body)) },
      { name: 'encode, canonical', measure: () => opsPerSecond(() => encodeCbor(value)) },
      { name: 'decode into getInfo members', measure: () => opsPerSecond(() => decodeResponse(getInfo, body)) },
    ],
    11,
  );
  return { title: `getInfo answer of ${body.length} bytes`, unit: 'per second', rows };
}

async function infoAnswer(): Promise<Uint8Array> {
  const model = modelById('yubikey-5-nfc');
  const environment = {
    now: () => Date.now(),
    randomBytes: (length: number) => new Uint8Array(randomBytes(length)),
    userPresence: async () => 'touched' as const,
    userVerification: async () => 'timeout' as const,
    enrollSample: async () => 'timeout' as const,
    save: () => {},
  };
  const key = new Authenticator(model, createState(model, environment), environment);
  return key.process(encodeRequest(getInfo, {}), { transport: 'nfc', signal: new AbortController().signal });
}
