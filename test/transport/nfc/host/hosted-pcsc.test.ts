/** The PC/SC library in a process of its own: whatever it does there, this one goes on and ends. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { FidoError } from '../../../../src/errors.ts';
import { CardResetError } from '../../../../src/transport/nfc/connection.ts';
import { openHostedPcsc } from '../../../../src/transport/nfc/host/hosted-pcsc.ts';
import { toError, toFailure } from '../../../../src/transport/nfc/host/messages.ts';
import { pcscCode } from '../../../../src/transport/nfc/pcsc-errors.ts';

const directory = mkdtempSync(join(tmpdir(), 'seckey-host-'));
afterAll(() => rmSync(directory, { recursive: true }));

/** The service needs not be there. */
const isThere = async () => undefined;

/** A host that opens, and then does `rest` with each message `m`. Answers its script, and whether it still runs. */
function host(name: string, rest: string): { script: string; runs: () => boolean } {
  const pid = join(directory, `${name}.pid`);
  const script = join(directory, `${name}.cjs`);
  const open = `if (m.call === 'open') { process.send({ id: m.id, value: { name: 'nfc-pcsc' } }); return; }`;
  const note = `require('node:fs').writeFileSync(${JSON.stringify(pid)}, String(process.pid));`;
  writeFileSync(script, `${note}\nprocess.on('message', (m) => { ${open}\n${rest} });`);
  const runs = () => {
    if (!existsSync(pid)) return false;
    try {
      return process.kill(Number(readFileSync(pid, 'utf8')), 0);
    } catch {
      return false;
    }
  };
  return { script, runs };
}

describe('a host', () => {
  test('answers, and tells what it watches', async () => {
    const { script, runs } = host(
      'plain',
      `if (m.call === 'readers') process.send({ id: m.id, value: [] });
       if (m.call === 'connect') process.send({ id: m.id });
       if (m.call === 'transmit') process.send({ id: m.id, value: Uint8Array.of(...m.apdu, 0x90, 0) });
       if (m.call === 'close') process.send({ id: m.id });
       if ('watch' in m) { process.send({ watch: m.watch, readers: [] }); process.send({ watch: m.watch }); }`,
    );
    const pcsc = await openHostedPcsc(script, isThere);
    expect(await pcsc.readers()).toEqual([]);
    const seen: unknown[] = [];
    const stop = pcsc.watch((readers) => seen.push(readers));
    await expect.poll(() => seen).toEqual([[], undefined]);
    stop();
    const card = await pcsc.connect('A');
    expect(await card.transmit(Uint8Array.of(1, 2))).toEqual(Uint8Array.of(1, 2, 0x90, 0));
    await card.close();
    pcsc.close();
    await expect.poll(runs, { timeout: 10_000 }).toBe(false);
  });

  test('that spins for ever is ended, and who waits is told', async () => {
    const { script, runs } = host('spins', 'for (;;);');
    const pcsc = await openHostedPcsc(script, isThere);
    const readers = pcsc.readers().catch((error) => error);
    expect(runs()).toBe(true);
    pcsc.close();
    expect(await readers).toMatchObject({ code: 'transport-failed' });
    await expect.poll(runs, { timeout: 10_000 }).toBe(false);
  });

  test('that crashes is a failure of the transport, for those who wait, who watch, and who come later', async () => {
    const { script } = host('crashes', `if (m.call) process.abort();`);
    const pcsc = await openHostedPcsc(script, isThere);
    const seen: unknown[] = [];
    pcsc.watch((readers) => seen.push(readers));
    await expect(pcsc.readers()).rejects.toMatchObject({ code: 'transport-failed' });
    expect(seen).toEqual([undefined]);
    await expect(pcsc.connect('A')).rejects.toMatchObject({ code: 'transport-failed' });
    pcsc.close();
  });

  test('that is not there', async () => {
    await expect(openHostedPcsc(join(directory, 'nothing.cjs'), isThere)).rejects.toMatchObject({
      code: 'transport-failed',
    });
  });
});

test('failures arrive as what they are, with what is asked of their causes', () => {
  const cause = Object.assign(new Error('wrapped'), { previous: new Error('x(0x8010001e)') });
  const arrived = toError(structuredClone(toFailure(new FidoError('nfc-unavailable', 'why', { hint: 'do', cause }))));
  expect(arrived).toMatchObject({ name: 'FidoError', code: 'nfc-unavailable', message: 'why', hint: 'do' });
  expect(pcscCode(arrived.cause)).toBe(0x8010001e);
  const denied = Object.assign(new Error('connect'), { code: 'EACCES', syscall: 'connect' });
  const refusal = toError(structuredClone(toFailure(new FidoError('pcscd-access-denied', 'no', { cause: denied }))));
  expect(refusal.cause).toMatchObject({ code: 'EACCES', syscall: 'connect' });
  expect(toError(structuredClone(toFailure(new CardResetError())))).toBeInstanceOf(CardResetError);
  expect(toError(toFailure(new TypeError('odd')))).toMatchObject({ code: 'transport-failed' });
});
