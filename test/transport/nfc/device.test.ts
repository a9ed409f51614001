import { describe, expect, test } from 'vitest';
import { fromHex, toHex } from '../../../src/encoding/bytes.ts';
import { FidoError } from '../../../src/errors.ts';
import { yubico } from '../../../src/makers/yubico.ts';
import { type NfcOptions, openNfcDevice } from '../../../src/transport/nfc/device.ts';
import { type Answer, ScriptedCard, SELECT, VERSION } from '../../support/scripted-card.ts';
import { vectors } from '../../support/vectors.ts';

const { apdu } = vectors;
const GET_INFO = '80108000010400';
const END = '80120100';
const QUICK: NfcOptions = { pollIntervalMs: 1, silenceLimitMs: 50, cancelLimitMs: 50 };
const long = fromHex(apdu.chain.payload);

/** A device on a card that is selected first and then plays `script`. */
async function device(script: [string, Answer][], options: NfcOptions = QUICK) {
  const card = new ScriptedCard([[SELECT, VERSION], ...script]);
  return { card, key: await openNfcDevice(card, options) };
}

const hex = async (answer: Promise<Uint8Array>) => toHex(await answer);
const exchange = (part: { exchange: { command?: string; answer: string }[] }, first = ''): [string, string][] =>
  part.exchange.map(({ command, answer }) => [command ?? first, answer]);

describe('SELECT', () => {
  for (const { data, sw, meaning } of apdu.selectResponses) {
    test(meaning, async () => {
      const rest: [string, Answer][] = sw.startsWith('61') ? [[`00c00000${sw.slice(2)}`, VERSION]] : [];
      const card = new ScriptedCard([[SELECT, data + sw], ...rest]);
      if (sw === '6a82') await expect(openNfcDevice(card)).rejects.toMatchObject({ code: 'unsupported' });
      else
        expect((await openNfcDevice(card)).version).toBe(Buffer.from(data || VERSION.slice(0, 16), 'hex').toString());
    });
  }
  test('GET RESPONSE with CLA 80 where the card refuses 00', async () => {
    const card = new ScriptedCard([
      [SELECT, '6108'],
      ['00c0000008', '6e00'],
      ['80c0000008', VERSION],
    ]);
    expect((await openNfcDevice(card)).version).toBe('FIDO_2_0');
  });
  test.each(['6d00', '6e00', '6999'])('%s: no applet', async (sw) => {
    await expect(openNfcDevice(new ScriptedCard([[SELECT, sw]]))).rejects.toMatchObject({ code: 'unsupported' });
  });
  test('another status is an error of the card', async () => {
    await expect(openNfcDevice(new ScriptedCard([[SELECT, '6f00']]))).rejects.toMatchObject({ sw: 0x6f00 });
  });
});

describe('the vectors', () => {
  test('a chained response', async () => {
    const { key } = await device(exchange(apdu.responseChain, GET_INFO));
    expect(await hex(key.transact(Uint8Array.of(4)))).toBe(apdu.responseChain.expect);
  });
  test('keepalives, reported when they change', async () => {
    const { key } = await device(exchange(apdu.keepalive));
    const seen: number[] = [];
    const onKeepalive = (status: number) => seen.push(status);
    expect(await hex(key.transact(Uint8Array.of(0x0b), { onKeepalive }))).toBe(apdu.keepalive.expect);
    expect(seen).toEqual([2]);
  });
  test('a cancel', async () => {
    const { key, card } = await device(exchange(apdu.cancelled));
    const abort = new AbortController();
    const options = { signal: abort.signal, onKeepalive: () => abort.abort() };
    expect(await hex(key.transact(Uint8Array.of(0x0b), options))).toBe(apdu.cancelled.expect);
    expect(card.sent).toHaveLength(3);
  });
  test('a chain', async () => {
    const last = apdu.chain.apdus.length - 1;
    const { key } = await device(apdu.chain.apdus.map((a: string, i: number) => [a, i === last ? '009000' : '9000']));
    expect(await hex(key.transact(long))).toBe('00');
  });
});

describe('cards that want it another way', () => {
  test('6E00 for GET RESPONSE: CLA 00, from then on', async () => {
    const { key } = await device([
      [GET_INFO, '00016102'],
      ['80c0000002', '6e00'],
      ['00c0000002', '02039000'],
      [GET_INFO, '6101'],
      ['00c0000001', '009000'],
    ]);
    expect(await hex(key.transact(Uint8Array.of(4)))).toBe('00010203');
    expect(await hex(key.transact(Uint8Array.of(4)))).toBe('00');
  });
  test('6Cxx for GET RESPONSE: asked again for as much', async () => {
    const { key } = await device([
      [GET_INFO, '6100'],
      ['80c0000000', '6c02'],
      ['80c0000002', '00019000'],
    ]);
    expect(await hex(key.transact(Uint8Array.of(4)))).toBe('0001');
  });
  test('6A86: P1 = 00, from then on', async () => {
    const { key } = await device([
      [GET_INFO, '6a86'],
      ['80100000010400', '009000'],
      ['80100000010400', '009000'],
    ]);
    await key.transact(Uint8Array.of(4));
    await key.transact(Uint8Array.of(4));
  });
  test('6A86 for both is an error, and P1 = 80 is tried again next time', async () => {
    const { key } = await device([
      [GET_INFO, '6a86'],
      ['80100000010400', '6a86'],
      [GET_INFO, '009000'],
    ]);
    await expect(key.transact(Uint8Array.of(4))).rejects.toMatchObject({ code: 'transport-failed', sw: 0x6a86 });
    await key.transact(Uint8Array.of(4));
  });
  test.each(['6700', '6883', '6884', '6e00'])('%s for a chain: one extended APDU, from then on', async (sw) => {
    const { key, card } = await device([
      [apdu.chain.apdus[0], sw],
      [apdu.extendedSame, '009000'],
      [GET_INFO, '009000'],
      [apdu.extendedSame, '009000'],
    ]);
    await key.transact(long);
    await key.transact(Uint8Array.of(4));
    await key.transact(long);
    expect(card.sent).toHaveLength(5);
  });
  test('6A86 for a chain: P1 first, then extended', async () => {
    const p1 = (command: string) => command.replace(/^(..10)80/, '$100');
    const { key } = await device([
      [apdu.chain.apdus[0], '6a86'],
      [p1(apdu.chain.apdus[0]), '6a86'],
      [apdu.extendedSame, '009000'],
    ]);
    await key.transact(long);
  });
  test('a card that refuses both forms is not tried for ever', async () => {
    const { key, card } = await device([
      [apdu.chain.apdus[0], '6884'],
      [apdu.extendedSame, '6700'],
    ]);
    await expect(key.transact(long)).rejects.toMatchObject({ sw: 0x6700 });
    expect(card.sent).toHaveLength(3);
  });
  test.each(['6985', '6986'])('%s at the first APDU: selected once again', async (sw) => {
    const { key } = await device([
      [GET_INFO, sw],
      [SELECT, VERSION],
      [GET_INFO, '009000'],
    ]);
    await key.transact(Uint8Array.of(4));
  });
  test('64xx is CTAP status xx, as pico-fido answers; 6400 is none', async () => {
    const { key } = await device([
      [GET_INFO, '6431'],
      [GET_INFO, '6400'],
    ]);
    expect(await hex(key.transact(Uint8Array.of(4)))).toBe('31');
    await expect(key.transact(Uint8Array.of(4))).rejects.toMatchObject({ sw: 0x6400 });
  });
  test('6985 again is an error with a hint', async () => {
    const { key } = await device([
      [GET_INFO, '6985'],
      [SELECT, VERSION],
      [GET_INFO, '6985'],
    ]);
    await expect(key.transact(Uint8Array.of(4))).rejects.toMatchObject({
      sw: 0x6985,
      hint: expect.stringContaining('program'),
    });
  });
});

describe('abort', () => {
  test('beforehand: nothing is sent', async () => {
    const { key, card } = await device([]);
    const signal = AbortSignal.abort();
    await expect(key.transact(Uint8Array.of(4), { signal })).rejects.toMatchObject({ code: 'interrupted' });
    expect(card.sent).toHaveLength(1);
  });
  test.each(['6a86', '6d00', '9000'])('%s for the cancel: the answer of the key is awaited', async (sw) => {
    const script: [string, Answer][] = [
      [GET_INFO, '029100'],
      ['8011110000', sw],
      ['8011000000', '029100'],
      ['8011000000', '00019000'],
    ];
    const { key } = await device(script, { ...QUICK, cancelLimitMs: 10_000 });
    const abort = new AbortController();
    const options = { signal: abort.signal, onKeepalive: () => abort.abort() };
    expect(await hex(key.transact(Uint8Array.of(4), options))).toBe('0001');
  });
  test('a card that works on for ever: no-answer, one cancel', async () => {
    const card = new ScriptedCard((command) => (command === SELECT ? VERSION : '019100'));
    const key = await openNfcDevice(card, QUICK);
    const signal = AbortSignal.timeout(10);
    await expect(key.transact(Uint8Array.of(4), { signal })).rejects.toMatchObject({ code: 'no-answer' });
    expect(card.sent.filter((command) => command === '8011110000')).toHaveLength(1);
    expect(card.count('10')).toBe(1);
  });
});

describe('a card that never ends', () => {
  const never = (script: (index: number) => Answer) =>
    openNfcDevice(new ScriptedCard((command, index) => (command === SELECT ? VERSION : script(index))), QUICK);

  test('an APDU without an answer: given up soon after an abort, and nothing more is sent', async () => {
    const card = new ScriptedCard((command) => (command === SELECT ? VERSION : 'stall'));
    const key = await openNfcDevice(card, { ...QUICK, silenceLimitMs: 600_000 });
    const signal = AbortSignal.timeout(10);
    await expect(key.transact(Uint8Array.of(4), { signal })).rejects.toMatchObject({ code: 'no-answer' });
    await key.close();
    expect([card.sent, card.closes]).toEqual([[SELECT, GET_INFO], 1]);
  });
  test('whoever asks says how long the card may be silent', async () => {
    const key = await openNfcDevice(new ScriptedCard((command) => (command === SELECT ? VERSION : 'stall')), {
      ...QUICK,
      silenceLimitMs: 600_000,
    });
    const answer = key.transact(Uint8Array.of(4), { silenceMs: 20 });
    await expect(answer).rejects.toMatchObject({ code: 'no-answer', message: 'the card has not answered for 0.02 s' });
  });
  test('61xx byte by byte', async () => {
    const key = await never(() => '006101');
    await expect(key.transact(Uint8Array.of(4))).rejects.toMatchObject({ code: 'malformed-response' });
  });
  test('61xx byte by byte, slowly: an abort ends it', async () => {
    const card = new ScriptedCard((command) => (command === SELECT ? VERSION : '006101'));
    const transmit = card.transmit.bind(card);
    card.transmit = async (apdu) => {
      await new Promise((resolve) => setTimeout(resolve, 10));
      return transmit(apdu);
    };
    const key = await openNfcDevice(card, QUICK);
    const signal = AbortSignal.timeout(40);
    await expect(key.transact(Uint8Array.of(4), { signal })).rejects.toMatchObject({ code: 'no-answer' });
  });
  test('an abort between two parts of a command: it is not completed, and the card forgets it', async () => {
    const { key, card } = await device([
      [apdu.chain.apdus[0], '9000'],
      [SELECT, VERSION],
      [GET_INFO, '009000'],
    ]);
    const abort = new AbortController();
    const answer = key.transact(long, { signal: abort.signal });
    abort.abort();
    await expect(answer).rejects.toMatchObject({ code: 'interrupted' });
    expect(await hex(key.transact(Uint8Array.of(4)))).toBe('00');
    expect(card.sent).toHaveLength(4);
  });
  test('SELECT answered by 61xx for ever is no reason to wait either', async () => {
    await expect(openNfcDevice(new ScriptedCard(() => '006101'), QUICK)).rejects.toMatchObject({
      code: 'malformed-response',
    });
  });
});

describe('faults', () => {
  /** Everything an exchange consists of: SELECT, three fragments, two keepalives, a chained response. */
  const whole: [string, string][] = [
    [SELECT, VERSION],
    [apdu.chain.apdus[0], '9000'],
    [apdu.chain.apdus[1], '9000'],
    [apdu.chain.apdus[2], '019100'],
    ['8011000000', '029100'],
    ['8011000000', '00016102'],
    ['80c0000002', '02039000'],
  ];
  const run = async (card: ScriptedCard) => (await openNfcDevice(card, QUICK)).transact(long);
  const at = (index: number, fault: Answer) =>
    new ScriptedCard((command, i) => {
      if (i > index) throw new Error(`sent ${command} after the fault`);
      return i === index ? fault : (whole[i]?.[1] as string);
    });

  test('the exchange works without', async () => expect(await hex(run(new ScriptedCard(whole)))).toBe('00010203'));
  for (const index of whole.keys()) {
    test(`removed at APDU ${index}`, async () => {
      for (const fault of ['', new FidoError('key-removed', 'gone')]) {
        const card = at(index, fault);
        await expect(run(card)).rejects.toMatchObject({ code: 'key-removed' });
        expect(card.sent).toHaveLength(index + 1);
      }
    });
    test(`silent at APDU ${index}`, async () => {
      if (index === 0) return;
      const card = at(index, 'stall');
      await expect(run(card)).rejects.toMatchObject({ code: 'no-answer' });
      expect(card.sent).toHaveLength(index + 1);
    });
    test(`one byte at APDU ${index}`, async () => {
      const card = at(index, '90');
      await expect(run(card)).rejects.toMatchObject({ code: 'malformed-response' });
      expect(card.sent).toHaveLength(index + 1);
    });
    test(`the reader fails at APDU ${index}`, async () => {
      const card = at(index, new Error('odd'));
      await expect(run(card)).rejects.toMatchObject({ code: 'transport-failed', cause: new Error('odd') });
      expect(card.sent).toHaveLength(index + 1);
    });
  }

  test.each([1, 2, 3])(
    'another program resets the card before fragment %i: once more from the start',
    async (index) => {
      const faulty = whole.toSpliced(index, 1, [(whole[index] as string[])[0] as string, 'reset']);
      const card = new ScriptedCard([...faulty.slice(0, index + 1), ...whole]);
      expect(await hex(run(card))).toBe('00010203');
      expect(card.reconnects).toBe(1);
    },
  );
  test.each([4, 5, 6])('a reset once the command is out (APDU %i): failed, not sent again', async (index) => {
    const card = new ScriptedCard((command, i) => {
      if (i === index) return 'reset';
      if (i > index) return command === SELECT ? VERSION : '009000';
      return whole[i]?.[1] as string;
    });
    const key = await openNfcDevice(card, QUICK);
    await expect(key.transact(long)).rejects.toMatchObject({ code: 'transport-failed' });
    expect(card.sent).toHaveLength(index + 1);
    expect(card.reconnects).toBe(0);
    // The next command takes the card again.
    await key.transact(Uint8Array.of(4));
    expect(card.reconnects).toBe(1);
    expect(card.sent.slice(index + 1)).toEqual([SELECT, GET_INFO]);
  });
  test('a card that is reset time and again', async () => {
    const card = new ScriptedCard((command) => (command === SELECT ? VERSION : 'reset'));
    await expect(run(card)).rejects.toMatchObject({ code: 'transport-failed' });
    expect(card.count('10')).toBe(2);
  });
  test('61xx for ever, without data and with', async () => {
    for (const [answer, count] of [
      ['6100', 1],
      [`${'00'.repeat(200)}6100`, 5],
    ] as const) {
      const card = new ScriptedCard((command) => (command === SELECT ? VERSION : answer));
      const key = await openNfcDevice(card, { ...QUICK, maxResponseLength: 1000 });
      await expect(key.transact(Uint8Array.of(4))).rejects.toMatchObject({ code: 'malformed-response' });
      expect(card.count('c0')).toBe(count);
      expect(card.count('10')).toBe(1);
    }
  });
  test('an answer too long in one piece', async () => {
    const { key, card } = await device([[GET_INFO, `${'00'.repeat(1001)}9000`]], { ...QUICK, maxResponseLength: 1000 });
    await expect(key.transact(Uint8Array.of(4))).rejects.toMatchObject({ code: 'malformed-response' });
    expect(card.count('10')).toBe(1);
  });
  test('success without a status byte', async () => {
    const { key } = await device([[GET_INFO, '9000']]);
    await expect(key.transact(Uint8Array.of(4))).rejects.toMatchObject({ code: 'malformed-response' });
  });
  test('data in the middle of a chain', async () => {
    const { key, card } = await device([[apdu.chain.apdus[0], '009000']]);
    await expect(key.transact(long)).rejects.toMatchObject({ code: 'malformed-response' });
    expect(card.sent).toHaveLength(2);
  });
  test('nothing is sent to a card that is gone', async () => {
    const { key, card } = await device([[GET_INFO, '']]);
    await expect(key.transact(Uint8Array.of(4))).rejects.toMatchObject({ code: 'key-removed' });
    await expect(key.transact(Uint8Array.of(4))).rejects.toMatchObject({ code: 'key-removed' });
    await key.close();
    expect(card.sent).toHaveLength(2);
    expect(card.closes).toBe(1);
  });
});

describe('one at a time', () => {
  test('a second command meanwhile is a bug', async () => {
    const { key } = await device([[GET_INFO, '009000']]);
    const first = key.transact(Uint8Array.of(4));
    await expect(key.transact(Uint8Array.of(4))).rejects.toThrow('still running');
    expect(await hex(first)).toBe('00');
  });
  test('close ends CTAP, once, and never throws', async () => {
    const { key, card } = await device([[END, new Error('odd')]]);
    let closed = 0;
    await Promise.all([key.close(), key.close()]);
    const other = new ScriptedCard([
      [SELECT, VERSION],
      [END, '9000'],
    ]);
    await (await openNfcDevice(other, { onClosed: () => closed++ })).close();
    expect(closed).toBe(1);
    expect(card.sent).toEqual([SELECT, END]);
    expect([card.closes, other.closes]).toEqual([1, 1]);
    await expect(key.transact(Uint8Array.of(4))).rejects.toMatchObject({ code: 'transport-failed' });
  });
});

describe("a YubiKey's serial number", () => {
  const SELECT_MANAGEMENT = '00a4040008a00000052747111700';
  test('is read on request, then FIDO is selected again', async () => {
    const { key, card } = await device([
      [SELECT_MANAGEMENT, '9000'],
      ['001d000000', '0a0102023f0204012345679000'],
      [SELECT, VERSION],
    ]);
    expect(await key.vendor.readSerial(yubico)).toBe(String(0x1234567));
    expect(card.sent).toHaveLength(4);
  });
  test('a card without the applet', async () => {
    const { key } = await device([
      [SELECT_MANAGEMENT, '6a82'],
      [SELECT, VERSION],
    ]);
    expect(await key.vendor.readSerial(yubico)).toBeUndefined();
  });
});
