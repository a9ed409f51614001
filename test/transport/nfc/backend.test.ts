import { describe, expect, test } from 'vitest';
import { NfcBackend } from '../../../src/transport/nfc/backend.ts';
import { nfcPcsc } from '../../../src/transport/nfc/nfc-pcsc-library.ts';
import { openPcsc } from '../../../src/transport/nfc/pcsc.ts';
import { FakePcsc, pcscFailure } from '../../support/fake-pcsc.ts';
import { SELECT, VERSION } from '../../support/scripted-card.ts';

async function backend(fake: FakePcsc, keepMs = 1000): Promise<NfcBackend> {
  const pcsc = await openPcsc({ load: async () => nfcPcsc(fake.binding()), probe: async () => '4:4:0' });
  fake.calls.length = 0;
  return new NfcBackend(pcsc, { keepMs, silenceLimitMs: 50 });
}

/** A FIDO card that notes what it is asked. */
function card(sent: string[] = []) {
  return (apdu: string): string => {
    sent.push(apdu);
    return apdu === SELECT ? VERSION : apdu.startsWith('8012') ? '9000' : '009000';
  };
}
const GET_INFO = Uint8Array.of(4);

describe('list', () => {
  test('cards with the FIDO applet, one key a reader', async () => {
    const fake = new FakePcsc();
    fake.insert('Reader A', card());
    fake.insert('Reader B', () => '6a82');
    fake.insert('Reader C');
    fake.insert('Reader D', card());
    const keys = await (await backend(fake)).list();
    expect(keys.map(({ id, reader, port, name, transport }) => [id, reader, port, name, transport])).toEqual([
      ['nfc-15d29bc1', 'Reader A', 'Reader A', 'Reader A', 'nfc'],
      ['nfc-c6a189ce', 'Reader D', 'Reader D', 'Reader D', 'nfc'],
    ]);
    expect(fake.calls).toContain('disconnect Reader B');
  });
  test.each([
    [0x8010000b, 'key-busy'],
    [0x80100066, 'transport-failed'],
  ])('a card that cannot be taken (%i) is listed with its error', async (connectError, code) => {
    const fake = new FakePcsc();
    const slot = fake.insert('A', card());
    slot.connectError = connectError;
    const [key] = await (await backend(fake)).list();
    expect(key?.error?.code).toBe(code);
    await expect(key?.open()).rejects.toMatchObject({ code });
    slot.connectError = undefined;
    await (await key?.open())?.transact(GET_INFO);
  });
  test('what was looked at is let go of at once when somebody says so, and what is open is kept', async () => {
    const fake = new FakePcsc();
    fake.insert('A', card());
    fake.insert('B', card());
    const nfc = await backend(fake);
    const [first] = await nfc.list();
    const device = await first?.open();
    fake.calls.length = 0;
    await nfc.release();
    expect(fake.calls.filter((call) => call.startsWith('disconnect'))).toEqual(['disconnect B']);
    expect(await device?.transact(GET_INFO)).toEqual(Uint8Array.of(0));
  });
  test('a card taken away meanwhile, or one without APDUs, is none', async () => {
    for (const fault of [0x80100069, 0x8010000f]) {
      const fake = new FakePcsc();
      fake.insert('A', card()).connectError = fault;
      expect(await (await backend(fake)).list()).toEqual([]);
    }
    const fake = new FakePcsc();
    fake.insert('A', () => '');
    expect(await (await backend(fake)).list()).toEqual([]);
  });
});

describe('open', () => {
  test('takes what list() selected: no second connection, no second SELECT', async () => {
    const fake = new FakePcsc();
    const sent: string[] = [];
    fake.insert('A', card(sent));
    const keys = await backend(fake);
    const [key] = await keys.list();
    const device = await key?.open();
    await device?.transact(GET_INFO);
    await device?.close();
    await keys.close();
    expect(sent).toEqual([SELECT, '80108000010400', '80120100']);
    expect(fake.calls).toEqual(['connect A', 'disconnect A']);
    expect(fake.threads).toBe(0);
  });
  test('again after closing, and after the card was let go', async () => {
    const fake = new FakePcsc();
    fake.insert('A', card());
    const keys = await backend(fake, 5);
    const [key] = await keys.list();
    await new Promise((resolve) => setTimeout(resolve, 40));
    expect(fake.calls).toEqual(['connect A', 'disconnect A']);
    await (await key?.open())?.close();
    await (await key?.open())?.transact(GET_INFO);
    await keys.close();
    expect(fake.calls.slice(2)).toEqual(['connect A', 'disconnect A', 'connect A', 'disconnect A']);
  });
  test('a card changed since is selected anew', async () => {
    const fake = new FakePcsc();
    fake.insert('A', card());
    const keys = await backend(fake);
    const [key] = await keys.list();
    let gone = true;
    fake.insert('A', (apdu) => {
      if (gone) {
        gone = false;
        throw pcscFailure('SCardTransmit', 0x80100069);
      }
      return card()(apdu);
    });
    await new Promise((resolve) => setTimeout(resolve, 300));
    const device = await key?.open();
    expect(await device?.transact(GET_INFO)).toEqual(Uint8Array.of(0));
  });
  test('twice is refused; an open key is still listed, untouched', async () => {
    const fake = new FakePcsc();
    const sent: string[] = [];
    fake.insert('A', card(sent));
    const keys = await backend(fake);
    const [key] = await keys.list();
    const device = await key?.open();
    await expect(key?.open()).rejects.toMatchObject({ code: 'key-busy' });
    expect(await keys.list()).toHaveLength(1);
    expect(sent).toEqual([SELECT]);
    await device?.transact(GET_INFO);
    await keys.close();
    expect(fake.calls.filter((call) => call.startsWith('disconnect'))).toHaveLength(1);
  });
  test('lists at the same time do not find the card taken by each other', async () => {
    const fake = new FakePcsc();
    fake.insert('A', card());
    const keys = await backend(fake);
    const lists = await Promise.all([keys.list(), keys.list()]);
    expect(lists.map(([key]) => key?.error)).toEqual([undefined, undefined]);
  });
  test('closing with an APDU out does not wait for the card, but lets it go once it answers', async () => {
    const fake = new FakePcsc();
    let answer = (_: string): void => {};
    fake.insert('A', (apdu) =>
      apdu === SELECT
        ? VERSION
        : new Promise((resolve) => {
            answer = resolve;
          }),
    );
    const keys = await backend(fake);
    const [key] = await keys.list();
    const device = await key?.open();
    await expect(device?.transact(GET_INFO)).rejects.toMatchObject({ code: 'no-answer' });
    await device?.close();
    expect(fake.calls).toEqual(['connect A']);
    answer('009000');
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(fake.calls).toEqual(['connect A', 'disconnect A']);
  });
});

test('watch calls when something differs from the last list, and not for our own use of a card', async () => {
  const fake = new FakePcsc();
  fake.insert('A', card());
  const keys = await backend(fake);
  await keys.list();
  let changes = 0;
  keys.watch(() => {
    changes++;
  });
  const turns = () => new Promise((resolve) => setTimeout(resolve, 15));
  await turns();
  await keys.list();
  await turns();
  expect(changes).toBe(0);
  fake.insert('A');
  await turns();
  expect(changes).toBe(1);
  await keys.close();
  expect(fake.threads).toBe(0);
});
