import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { UserPresenceAnswer } from '../../src/authenticator/environment.ts';
import type { Model } from '../../src/authenticator/models/model.ts';
import { modelById } from '../../src/authenticator/models.ts';
import { NfcEndpoint, type NfcEndpointOptions } from '../../src/authenticator/nfc-endpoint.ts';
import { fromHex, toHex } from '../../src/encoding/bytes.ts';
import { vectors } from '../support/vectors.ts';
import { bench, laterTouch } from './support/bench.ts';

const { apdu } = vectors;
const ctap23 = modelById('ctap-2.3');
/** With a button that has to be pressed over NFC too. */
const withButton: Model = { ...ctap23, nfc: { ...ctap23.nfc!, presence: 'button' } };

async function card(model: Model | string = 'ctap-2.3', options: NfcEndpointOptions = {}) {
  const on = bench(model);
  const endpoint = new NfcEndpoint(on.key, { pollMs: 5, ...options });
  await endpoint.powerOn();
  const send = async (hex: string) => toHex(await endpoint.transmit(fromHex(hex)));
  return { on, endpoint, send };
}

async function selected(model: Model | string = 'ctap-2.3', options: NfcEndpointOptions = {}) {
  const opened = await card(model, options);
  await opened.send(apdu.selectRequest);
  return opened;
}

describe('SELECT', () => {
  test('the FIDO applet, with and without Le', async () => {
    for (const [model, text] of [
      ['ctap-2.3', 'U2F_V2'],
      ['hid-crescendo', 'FIDO_2_0'],
    ] as const) {
      const { send } = await card(model);
      expect(await send(apdu.selectRequest)).toBe(`${Buffer.from(text).toString('hex')}9000`);
      expect(await send(apdu.selectRequest.slice(0, -2))).toBe(`${Buffer.from(text).toString('hex')}9000`);
    }
  });

  test('other applets: 6A82, and the one selected stays', async () => {
    const { send } = await selected();
    for (const aid of ['a000000308', 'a000000527471117', 'a0000006472f00', 'a0000006472f000100']) {
      expect(await send(`00a40400${(aid.length / 2).toString(16).padStart(2, '0')}${aid}00`)).toBe('6a82');
    }
    expect(await send(apdu.getInfo.short)).toMatch(/^00/);
    expect(await send('00a4000002 3f00'.replace(' ', ''))).toBe('6a86');
  });

  test('nothing works before it, after "end CTAP", and without power', async () => {
    const { endpoint, send } = await card();
    expect(await send(apdu.getInfo.short)).toBe('6985');
    expect(await send('00b0000000')).toBe('6d00');
    await send(apdu.selectRequest);
    expect(await send(apdu.endCtap)).toBe('9000');
    expect(await send(apdu.getInfo.short)).toBe('6985');
    endpoint.powerOff();
    expect(await send(apdu.selectRequest)).toBe('6f00');
  });
});

describe('refusals', () => {
  test.each([
    ['00', '6700'],
    ['8010000005 04'.replace(' ', ''), '6700'],
    ['c010000001 0400'.replace(' ', ''), '6e00'],
    ['0110000001 0400'.replace(' ', ''), '6e00'],
    ['8013000000', '6d00'],
    ['0004000000', '6d00'],
    ['0001000000', '6700'],
    ['80104000010400', '6a86'],
    ['80100001010400', '6a86'],
    ['80120000', '6a86'],
    ['8011000000', '6985'],
    ['80c0000000', '6985'],
  ])('%s: %s', async (command, expected) => {
    const { send } = await selected();
    expect(await send(command)).toBe(expected);
  });

  test('extended APDUs by a card that only has short ones', async () => {
    const { send } = await selected('hid-crescendo');
    expect(await send(apdu.getInfo.extended)).toBe('6700');
    expect(await send(apdu.getInfo.short)).toMatch(/^00/);
  });
});

describe('long messages', () => {
  test('chains of 240 and 255, and the same in one extended APDU', async () => {
    const { send } = await selected();
    for (const chain of [apdu.chain.apdus, apdu.chain255.apdus] as string[][]) {
      const answers: string[] = [];
      for (const command of chain) answers.push(await send(command));
      // makeCredential with nonsense is refused, but it was understood to be one command
      expect(answers).toEqual([...chain.slice(1).map(() => apdu.chain.intermediateAnswer), '129000']);
    }
    expect(await send(apdu.extendedSame)).toBe('129000');
  });

  test('a chain that was given up does not spoil what comes next', async () => {
    const { send } = await selected();
    expect(await send('901000000101')).toBe('9000');
    expect(await send(apdu.selectRequest)).toMatch(/9000$/);
    expect(await send(apdu.getInfo.short)).toMatch(/^00/);
    expect(await send('10a4040001a0')).toBe('6884');
  });

  test('more than maxMsgSize: status 39', async () => {
    const { send } = await selected('hid-crescendo');
    for (let i = 0; i < 5; i++) expect(await send(`90100000ff${'00'.repeat(255)}`)).toBe('9000');
    expect(await send('80100000010000')).toBe('399000');
  });

  test('a long answer comes in parts of 256, fetched with either CLA', async () => {
    const on = bench();
    const whole = toHex(await on.key.process(Uint8Array.of(4), { transport: 'nfc' }));
    for (const cla of ['80', '00']) {
      const { send } = await selected('yubikey-5-nfc');
      // long enough by asking in small portions
      let answer = await send('80100000010420');
      let data = answer.slice(0, -4);
      while (answer.slice(-4, -2) === '61') {
        answer = await send(`${cla}c0000020`);
        data += answer.slice(0, -4);
      }
      expect(answer.slice(-4)).toBe('9000');
      expect(data.startsWith('00')).toBe(true);
      expect(data).toHaveLength((await send(apdu.getInfo.extended)).length - 4);
    }
    expect(whole.startsWith('00')).toBe(true);
  });
});

describe('waiting for a touch', () => {
  test('polled: 9100 with the status until it is done', async () => {
    const { on, send } = await selected(withButton);
    const later = laterTouch();
    on.touches.push(later.answer);
    const answers: string[] = [];
    for (const { command } of apdu.keepalive.exchange.slice(0, 2)) answers.push(await send(command));
    later.touch();
    answers.push(await send(apdu.getResponsePoll));
    expect(answers).toEqual(apdu.keepalive.exchange.map(({ answer }: { answer: string }) => answer));
    expect(await send(apdu.getResponsePoll)).toBe('6985');
  });

  test('polled and cancelled', async () => {
    const { on, send } = await selected(withButton);
    on.touches.push(laterTouch().answer);
    const answers: string[] = [];
    for (const { command } of apdu.cancelled.exchange) answers.push(await send(command));
    expect(answers).toEqual(apdu.cancelled.exchange.map(({ answer }: { answer: string }) => answer));
  });

  test('without polling the answer is held back', async () => {
    const { on, send } = await selected(withButton);
    const later = laterTouch();
    on.touches.push(later.answer);
    const answer = send('801000000 10b00'.replace(' ', ''));
    await new Promise((resolve) => setTimeout(resolve, 30));
    later.touch();
    expect(await answer).toBe('009000');
  });

  test('another command, another SELECT or the end of power abort it', async () => {
    for (const next of ['select', 'command', 'power']) {
      const { on, endpoint, send } = await selected(withButton);
      on.touches.push(laterTouch().answer);
      expect(await send('80108000010b00')).toBe('029100');
      if (next === 'select') expect(await send(apdu.selectRequest)).toMatch(/9000$/);
      else if (next === 'command') expect(await send(apdu.getInfo.short)).toMatch(/^00/);
      else endpoint.powerOff();
      expect(on.touchRequests[0]!.signal.aborted).toBe(true);
    }
  });

  test('refused, timed out, and Yubico has its own idea of the latter', async () => {
    const yubikey = modelById('yubikey-5-nfc');
    const asked: [Model, UserPresenceAnswer, string][] = [
      [withButton, 'denied', '279000'],
      [withButton, 'timeout', '2f9000'],
      [{ ...yubikey, nfc: { ...yubikey.nfc!, presence: 'button' } }, 'timeout', '3a9000'],
    ];
    for (const [model, answer, expected] of asked) {
      const { on, send } = await selected(model);
      on.touches.push(answer);
      expect(await send('80100000010b00')).toBe(expected);
    }
  });
});

describe('presence by being brought into the field', () => {
  test('counts for two minutes', async () => {
    const { on, endpoint, send } = await selected(modelById('yubikey-5-nfc'));
    expect(await send('80100000010b00')).toBe('009000');
    on.now += 120_000;
    expect(await send('80100000010b00')).toBe('009000');
    on.now += 1;
    expect(await send('80100000010b00')).toBe('3b9000');
    await endpoint.powerOn();
    expect(await send('80100000010b00')).toBe('6985');
    await send(apdu.selectRequest);
    expect(await send('80100000010b00')).toBe('009000');
    expect(on.touchRequests).toEqual([]);
  });

  test('is enough for a reset within ten seconds', async () => {
    const { on, endpoint, send } = await selected();
    expect(await send(apdu.reset.short)).toBe('009000');
    on.now += 10_001;
    expect(await send(apdu.reset.short)).toBe('309000');
    await endpoint.powerOn();
    await send(apdu.selectRequest);
    expect(await send(apdu.reset.short)).toBe('009000');
  });
});

describe('identity of the card', () => {
  test('answers to reset', () => {
    const atr = (model: string, options: NfcEndpointOptions = {}) =>
      toHex(new NfcEndpoint(bench(model).key, options).atr);
    // what PC/SC reports for this product
    expect(atr('yubikey-5-nfc')).toBe('3b8d80018073c021c057597562694b6579f9');
    const contact = fromHex(atr('hid-crescendo', { transport: 'smart-card' }));
    expect(toHex(contact.subarray(0, 3))).toBe('3b8b01');
    expect(contact.subarray(1).reduce((sum, byte) => sum ^ byte, 0)).toBe(0);
  });

  test('Yubico: the management applet tells version and configuration', async () => {
    const { send } = await card('yubikey-5-nfc');
    const text = await send('00a4040008a00000052747111700');
    expect(Buffer.from(text, 'hex').toString('latin1')).toMatch(/^Virtual mgr - FW version 5\.7\.1/);
    const config = fromHex((await send('001d000000')).slice(0, -4));
    expect(config[0]).toBe(config.length - 1);
    // U2F and FIDO2, supported and enabled, on USB and over NFC
    for (const tag of ['01', '03', '0d', '0e']) expect(toHex(config)).toContain(`${tag}020202`);
    expect(await send('001c000000')).toBe('6d00');
    expect(await send(apdu.getInfo.short)).toBe('6d00');
  });

  test('a model without a card interface has no endpoint', () => {
    expect(() => new NfcEndpoint(bench('yubikey-bio').key)).toThrow(RangeError);
  });
});

test('whatever comes in is answered with a status word', async () => {
  const header = fc.tuple(
    fc.constantFrom(0x00, 0x80, 0x90, 0x10),
    fc.constantFrom(0xa4, 0x10, 0x11, 0x12, 0xc0, 0x1d, 0x03),
    fc.constantFrom(0x00, 0x80, 0x04, 0x11, 0x01),
    fc.constantFrom(0x00, 0x0c),
  );
  const plausible = fc
    .tuple(header, fc.uint8Array({ maxLength: 40 }), fc.boolean())
    .map(([head, data, le]) => Uint8Array.of(...head, data.length, ...data, ...(le ? [0] : [])));
  const any = fc.oneof(plausible, fc.uint8Array({ maxLength: 300 }), fc.constant(fromHex(apdu.selectRequest)));
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom('ctap-2.3', 'yubikey-5-nfc', 'hid-crescendo'),
      fc.array(any),
      async (model, apdus) => {
        const { on, endpoint, send } = await card(model, { pollMs: 1 });
        for (const bytes of apdus) {
          const answer = await endpoint.transmit(bytes);
          expect(answer.length).toBeGreaterThanOrEqual(2);
          expect([0x90, 0x91, 0x61, 0x67, 0x68, 0x69, 0x6a, 0x6d, 0x6e]).toContain(answer.at(-2));
        }
        expect(await send(apdu.selectRequest)).toMatch(/9000$/);
        expect(on.bugs).toEqual([]);
      },
    ),
    { numRuns: 200 },
  );
});
