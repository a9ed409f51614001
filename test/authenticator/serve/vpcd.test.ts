import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type ServedCard, serveVpcd } from '../../../src/authenticator/serve/vpcd.ts';
import { VpcdReader } from '../../support/vpcd-reader.ts';

const AWAY_MS = 60;
const ATR = Uint8Array.of(0x3b, 0x80, 0x80, 0x01, 0x01);

class ScriptedCard implements ServedCard {
  readonly atr = ATR;
  readonly log: string[] = [];
  response: (apdu: Uint8Array) => Promise<Uint8Array> | Uint8Array = (apdu) => Uint8Array.of(...apdu, 0x90, 0x00);

  powerOn(): void {
    this.log.push('on');
  }
  powerOff(): void {
    this.log.push('off');
  }
  async transmit(apdu: Uint8Array): Promise<Uint8Array> {
    return this.response(apdu);
  }
}

let reader: VpcdReader;
let card: ScriptedCard;
let stop: AbortController;

beforeEach(async () => {
  reader = await VpcdReader.listen();
  card = new ScriptedCard();
  stop = new AbortController();
});

afterEach(async () => {
  stop.abort();
  await reader.close();
});

async function serve() {
  const options = { port: reader.port, signal: stop.signal, awayMs: AWAY_MS };
  const [key] = await Promise.all([serveVpcd(card, options), reader.notice()]);
  return key;
}

describe('a card on vpcd', () => {
  test('answers the ATR, power and APDUs in order', async () => {
    await serve();
    expect(await reader.exchange(Uint8Array.of(4))).toEqual(ATR);
    reader.send(Uint8Array.of(1));
    expect(await reader.exchange(Uint8Array.of(0, 0xa4, 4, 0))).toEqual(Uint8Array.of(0, 0xa4, 4, 0, 0x90, 0));
    reader.send(Uint8Array.of(2));
    reader.send(Uint8Array.of(0));
    await reader.exchange(Uint8Array.of(4));
    expect(card.log).toEqual(['on', 'off', 'on', 'off']);
  });

  test('takes messages in any pieces, and several at once', async () => {
    await serve();
    for (const byte of [0, 2, 0xaa, 0xbb]) {
      reader.write(Uint8Array.of(byte));
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    expect(await reader.receive()).toEqual(Uint8Array.of(0xaa, 0xbb, 0x90, 0));
    reader.write(Uint8Array.of(0, 1, 1, 0, 2, 1, 2, 0, 2, 3, 4));
    expect(await reader.receive()).toEqual(Uint8Array.of(1, 2, 0x90, 0));
    expect(await reader.receive()).toEqual(Uint8Array.of(3, 4, 0x90, 0));
  });

  test('carries the largest response there is, and turns a larger one and an exception into 6F00', async () => {
    const bugs: unknown[] = [];
    const [key] = await Promise.all([
      serveVpcd(card, { port: reader.port, onBug: (error) => bugs.push(error) }),
      reader.notice(),
    ]);
    card.response = () => new Uint8Array(65_535);
    expect((await reader.exchange(Uint8Array.of(0, 0))).length).toBe(65_535);
    card.response = () => new Uint8Array(65_536);
    expect(await reader.exchange(Uint8Array.of(0, 0))).toEqual(Uint8Array.of(0x6f, 0));
    card.response = () => {
      throw new Error('bug');
    };
    expect(await reader.exchange(Uint8Array.of(0, 0))).toEqual(Uint8Array.of(0x6f, 0));
    expect(bugs).toHaveLength(2);
    await key.stop();
  });

  test('can be lifted in mid-command and laid down again, losing its power', async () => {
    const key = await serve();
    reader.send(Uint8Array.of(1));
    let answer: (response: Uint8Array) => void = () => {};
    const started = new Promise<void>((begun) => {
      card.response = () => {
        begun();
        return new Promise((resolve) => {
          answer = resolve;
        });
      };
    });
    reader.send(Uint8Array.of(0x80, 0x10));
    await started;
    await key.remove();
    expect(card.log).toEqual(['on', 'off']);
    await reader.lifted();
    answer(Uint8Array.of(0x90, 0));

    const liftedAt = performance.now();
    const [atr] = await Promise.all([reader.notice(), key.insert()]);
    expect(atr).toEqual(ATR);
    expect(performance.now() - liftedAt).toBeGreaterThan(AWAY_MS / 2);
    reader.send(Uint8Array.of(1));
    await reader.exchange(Uint8Array.of(4));
    expect(card.log).toEqual(['on', 'off', 'on']);
  });

  test('has power when a command comes, even if the reader forgot to switch it on', async () => {
    await serve();
    await reader.exchange(Uint8Array.of(0, 0xa4));
    expect(card.log).toEqual(['on']);
  });

  test('ends when aborted while it is away', async () => {
    const key = await serve();
    await key.remove();
    const back = key.insert();
    setTimeout(() => stop.abort(), AWAY_MS / 4);
    await expect(back).rejects.toMatchObject({ code: 'interrupted' });
    expect(await key.closed).toBe('stopped');
  });

  test('ends when aborted, powered off', async () => {
    const key = await serve();
    reader.send(Uint8Array.of(1));
    await reader.exchange(Uint8Array.of(4));
    stop.abort();
    expect(await key.closed).toBe('stopped');
    await expect(key.insert()).rejects.toMatchObject({ code: 'interrupted' });
    expect(card.log).toEqual(['on', 'off']);
  });

  test('ends when the reader goes away', async () => {
    const key = await serve();
    await reader.close();
    expect(await key.closed).toBe('disconnected');
    await key.stop();
    reader = await VpcdReader.listen();
  });

  test('says so when nothing listens, and when the reader never notices it', async () => {
    const gone = await VpcdReader.listen();
    await gone.close();
    await expect(serveVpcd(card, { port: gone.port })).rejects.toMatchObject({
      code: 'pcscd-not-running',
      hint: expect.stringContaining('vsmartcard-vpcd'),
    });
    await expect(serveVpcd(card, { port: reader.port, noticeTimeoutMs: 50 })).rejects.toMatchObject({
      code: 'key-busy',
    });
  });

  test('does not begin when already aborted, and gives up while it waits', async () => {
    const late = serveVpcd(card, { port: reader.port, signal: stop.signal });
    setTimeout(() => stop.abort(), 20);
    await expect(late).rejects.toMatchObject({ code: 'interrupted' });
    await expect(serveVpcd(card, { port: reader.port, signal: stop.signal })).rejects.toMatchObject({
      code: 'interrupted',
    });
  });
});
