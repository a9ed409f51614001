import { createPublicKey, X509Certificate } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { HidEndpoint } from '../../src/authenticator/hid-endpoint.ts';
import type { Model } from '../../src/authenticator/models.ts';
import { NfcEndpoint } from '../../src/authenticator/nfc-endpoint.ts';
import { fromHex, toHex } from '../../src/encoding/bytes.ts';
import { bench, laterTouch } from './support/bench.ts';
import {
  CLIENT_DATA_HASH,
  CredentialClient,
  descriptor,
  isSignedBy,
  map,
  PIN,
  RP,
  sha256,
} from './support/credential-client.ts';

const CHALLENGE = sha256('challenge');
const APPLICATION = sha256(RP);
const hex = (length: number, value: number) => value.toString(16).padStart(length, '0');

/** An extended APDU as U2F has it on USB. */
function apdu(ins: string, p1: string, data: Uint8Array = new Uint8Array(0)): string {
  const body = data.length > 0 ? `${hex(4, data.length)}${toHex(data)}` : '';
  return `00${ins}${p1}0000${body}0000`;
}

/** A card with a button, so that presence is asked for as over USB. */
async function card(model: Model | string = 'ctap-2.3', presence: 'field' | 'button' = 'button') {
  const on = bench(model);
  const kind = { ...on.model, nfc: { ...on.model.nfc!, presence } };
  const key = bench(kind);
  const endpoint = new NfcEndpoint(key.key);
  await endpoint.powerOn();
  const send = async (command: string) => toHex(await endpoint.transmit(fromHex(command)));
  const selected = await send('00a4040008a0000006472f000100');
  return { on: key, send, endpoint, selected, client: new CredentialClient(key) };
}

const registration = (challenge = CHALLENGE, application = APPLICATION) =>
  apdu('01', '00', Buffer.concat([challenge, application]));
const authentication = (p1: string, handle: Uint8Array, application = APPLICATION) =>
  apdu('02', p1, Buffer.concat([CHALLENGE, application, Uint8Array.of(handle.length), handle]));

/** By offsets: 05 ‖ point(65) ‖ length ‖ handle ‖ certificate ‖ signature ‖ 9000. */
function parseRegistration(answer: string) {
  const bytes = fromHex(answer);
  expect(bytes[0]).toBe(5);
  const [point, handle] = [bytes.slice(1, 66), bytes.slice(67, 67 + bytes[66]!)];
  const rest = bytes.slice(67 + handle.length, -2);
  const certificateLength = 4 + rest[2]! * 256 + rest[3]!;
  expect(toHex(rest.slice(0, 2))).toBe('3082');
  return {
    point,
    handle,
    certificate: new X509Certificate(rest.slice(0, certificateLength)),
    signature: rest.slice(certificateLength),
    publicKey: publicKeyOf(point),
  };
}

function publicKeyOf(point: Uint8Array) {
  const part = (from: number, to: number) => Buffer.from(point.slice(from, to)).toString('base64url');
  return createPublicKey({ key: { kty: 'EC', crv: 'P-256', x: part(1, 33), y: part(33, 65) }, format: 'jwk' });
}

function isAssertion(answer: string, publicKey: ReturnType<typeof publicKeyOf>, presence: number): number {
  const bytes = fromHex(answer).slice(0, -2);
  expect(bytes[0]).toBe(presence);
  expect(isSignedBy(publicKey, bytes.slice(5), APPLICATION, bytes.slice(0, 5), CHALLENGE)).toBe(true);
  return Buffer.from(bytes).readUInt32BE(1);
}

describe('over NFC', () => {
  test('SELECT and version say U2F_V2', async () => {
    const { send, selected } = await card();
    expect(selected).toBe('5532465f56329000');
    expect(await send('0003000000')).toBe('5532465f56329000');
    expect(await send(apdu('03', '00'))).toBe('5532465f56329000');
    expect(await send(apdu('03', '00', Uint8Array.of(1)))).toBe('6700');
  });

  test('register: point, handle, certificate, and a signature over all of it', async () => {
    const { send } = await card();
    const { point, handle, certificate, signature } = parseRegistration(await send(registration()));
    expect(point[0]).toBe(4);
    expect(certificate.subject).toContain('not a real authenticator');
    const signed = [Uint8Array.of(0), APPLICATION, CHALLENGE, handle, point];
    expect(isSignedBy(certificate.publicKey, signature, ...signed)).toBe(true);
  });

  test('authenticate: presence, a counter that rises, a signature', async () => {
    const { send } = await card();
    const { handle, publicKey } = parseRegistration(await send(registration()));
    const counters = [
      isAssertion(await send(authentication('03', handle)), publicKey, 1),
      isAssertion(await send(authentication('08', handle)), publicKey, 0),
      isAssertion(await send(authentication('03', handle)), publicKey, 1),
    ];
    expect(counters).toEqual([1, 2, 3]);
  });

  test('check only: 6985 for its own, 6A80 for others, never a touch', async () => {
    const { on, send } = await card();
    const { handle } = parseRegistration(await send(registration()));
    const asked = on.touchRequests.length;
    expect(await send(authentication('07', handle))).toBe('6985');
    const foreign = handle.slice();
    foreign[20]! ^= 1;
    for (const p1 of ['07', '03', '08']) expect(await send(authentication(p1, foreign))).toBe('6a80');
    expect(await send(authentication('07', handle, sha256('other.example')))).toBe('6a80');
    expect(await send(authentication('07', new Uint8Array(0)))).toBe('6a80');
    expect(on.touchRequests).toHaveLength(asked);
  });

  test('6985 until touched; the client asks again', async () => {
    const { on, send } = await card();
    on.touches.push('timeout', 'denied');
    expect([await send(registration()), await send(registration())]).toEqual(['6985', '6985']);
    expect(on.touchRequests[0]?.timeoutMs).toBeLessThan(1000);
    const { handle } = parseRegistration(await send(registration()));
    on.touches.push('timeout');
    expect(await send(authentication('03', handle))).toBe('6985');
    expect(await send(authentication('03', handle))).toMatch(/9000$/);
  });

  test('being brought into the field is one touch', async () => {
    const { send, endpoint } = await card('ctap-2.3', 'field');
    const { handle } = parseRegistration(await send(registration()));
    expect(await send(authentication('03', handle))).toBe('6985');
    await endpoint.powerOn();
    await send('00a4040008a0000006472f000100');
    expect(await send(authentication('03', handle))).toMatch(/9000$/);
  });

  test('short APDUs get the registration in parts', async () => {
    const { send } = await card();
    const body = toHex(Buffer.concat([CHALLENGE, APPLICATION]));
    let answer = await send(`0001000040${body}00`);
    let whole = '';
    while (answer.slice(-4, -2) === '61') {
      whole += answer.slice(0, -4);
      answer = await send('00c0000000');
    }
    parseRegistration(whole + answer);
    expect(answer).toMatch(/9000$/);
  });

  test.each([
    ['another class', '8001000040', '6d00'],
    ['another instruction', apdu('04', '00'), '6d00'],
    ['register without its 64 bytes', apdu('01', '00', new Uint8Array(63)), '6700'],
    ['authenticate without data', apdu('02', '03'), '6700'],
    ['authenticate with a wrong length', apdu('02', '03', new Uint8Array(70)), '6700'],
  ])('%s: refused', async (_name, command, expected) => {
    expect(await (await card()).send(command)).toBe(expected);
  });

  test('an unknown P1: 6A86', async () => {
    const { send } = await card();
    const { handle } = parseRegistration(await send(registration()));
    expect(await send(authentication('04', handle))).toBe('6a86');
  });

  test('a model without U2F: 6D00', async () => {
    const { send, selected } = await card('hid-crescendo');
    expect(selected).toBe(`${toHex(Buffer.from('FIDO_2_0'))}9000`);
    expect(await send('0003000000')).toBe('6d00');
  });
});

describe('together with CTAP2', () => {
  test('a U2F handle answers an allowList and counts in an excludeList', async () => {
    const { send, client } = await card();
    const { handle, publicKey } = parseRegistration(await send(registration()));
    const { members } = await client.assert({ 3: [descriptor(handle)] });
    expect(isSignedBy(publicKey, members.get(3), members.get(2), CLIENT_DATA_HASH)).toBe(true);
    expect((await client.register({ 5: [descriptor(handle)] })).status).toBe(0x19);
  });

  test('CTAP2 credentials answer U2F, if they are on P-256 and not of level 3', async () => {
    const { send, client } = await card();
    for (const members of [{}, { 7: map({ rk: true }) }, { 6: map({ credProtect: 2 }) }]) {
      const { credential } = await client.register(members);
      isAssertion(await send(authentication('03', credential.id)), credential.publicKey, 1);
    }
    for (const members of [{ 4: [map({ alg: -8, type: 'public-key' })] }, { 6: map({ credProtect: 3 }) }]) {
      const { credential } = await client.register(members);
      expect(await send(authentication('07', credential.id))).toBe('6a80');
    }
  });

  test('alwaysUv switches it off: 6986, and getInfo no longer tells of it', async () => {
    const { on, send, client } = await card();
    const { handle } = parseRegistration(await send(registration()));
    on.key.state.config.alwaysUv = true;
    expect(await send(registration())).toBe('6986');
    expect(await send(authentication('07', handle))).toBe('6986');
    expect((await client.info()).get(1)).not.toContain('U2F_V2');
    expect(await send('00a4040008a0000006472f000100')).toBe(`${toHex(Buffer.from('FIDO_2_0'))}9000`);
  });

  test('unless a sensor verifies the user: then the finger is the touch', async () => {
    const { on, send, client } = await card();
    await client.setPin(PIN);
    on.key.state.fingerprints.templates.push({ templateId: Uint8Array.of(1), finger: 'thumb' });
    on.key.state.config.alwaysUv = true;
    expect((await client.info()).get(1)).toContain('U2F_V2');
    on.fingers.push({ finger: 'nose' }, { finger: 'thumb' });
    expect(await send(registration())).toBe('6985');
    parseRegistration(await send(registration()));
    expect(on.key.state.pin.uvRetries).toBe(5);
  });
});

describe('over CTAPHID', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  function wire(on = bench()) {
    const sent: string[] = [];
    const endpoint = new HidEndpoint(on.key, { send: (packet) => sent.push(toHex(packet)) });
    const put = (text: string) => endpoint.receive(fromHex(text.padEnd(128, '0')));
    put('ffffffff8600080102030405060708');
    return { on, sent, put, capabilities: Number.parseInt(sent.splice(0)[0]!.slice(46, 48), 16) };
  }

  test('MSG is announced, carries the APDU, and gets no keepalive', async () => {
    const later = laterTouch();
    const on = bench();
    on.touches.push(later.answer);
    const { sent, put, capabilities } = wire(on);
    expect(capabilities & 0x08).toBe(0);
    const message = registration();
    put(`0000000183${hex(4, message.length / 2)}${message.slice(0, 114)}`);
    put(`0000000100${message.slice(114)}`);
    await vi.advanceTimersByTimeAsync(500);
    expect(sent).toEqual([]);
    later.touch();
    await vi.advanceTimersByTimeAsync(0);
    expect(sent[0]).toMatch(/^0000000183....05/);
    const data = sent.map((packet, i) => packet.slice(i === 0 ? 14 : 10)).join('');
    parseRegistration(data.slice(0, Number.parseInt(sent[0]!.slice(10, 14), 16) * 2));
  });

  test('what is no APDU: 6700; another class: 6E00', async () => {
    const { sent, put } = wire();
    put('0000000183000100');
    put('000000018300078003000000000000');
    await vi.advanceTimersByTimeAsync(0);
    expect(sent.map((packet) => packet.slice(0, 18))).toEqual(['000000018300026700', '000000018300026e00']);
  });

  test('INIT on the channel takes it back; the answer goes nowhere', async () => {
    const later = laterTouch();
    const on = bench();
    on.touches.push(later.answer);
    const { sent, put } = wire(on);
    const message = registration();
    put(`0000000183${hex(4, message.length / 2)}${message.slice(0, 114)}`);
    put(`0000000100${message.slice(114)}`);
    await vi.advanceTimersByTimeAsync(0);
    put('000000018600080102030405060708');
    await vi.advanceTimersByTimeAsync(0);
    expect(sent.map((packet) => packet.slice(8, 10))).toEqual(['86']);
  });
});
