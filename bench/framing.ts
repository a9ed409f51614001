/** The longest CTAPHID message, 7,609 bytes, cut into packets and put together again on the way there and back. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { HidConnection } from '../src/transport/hid/connection.ts';
import { openHidDevice } from '../src/transport/hid/device.ts';
import { CTAPHID, MAX_MESSAGE_SIZE, parsePacket, Reassembly, toPackets } from '../src/transport/hid/framing.ts';
import { type Case, interleave, opsPerSecond } from './measure.ts';
import { PYTHON, peer } from './programs.ts';
import type { Table } from './table.ts';

const MESSAGE = Uint8Array.from({ length: MAX_MESSAGE_SIZE }, (_, index) => index);
const CHANNEL = 1;

export async function framing(): Promise<Table> {
  const device = await openHidDevice(new Loopback());
  const cases: Case[] = [
    { name: 'seckey, packets alone', measure: () => opsPerSecond(() => through(through(MESSAGE))) },
    { name: 'seckey, whole device', measure: () => opsPerSecond(() => device.transact(MESSAGE)) },
  ];
  const python = existsSync(PYTHON) ? await pythonFraming() : undefined;
  if (python) cases.unshift(python.case);
  const rows = await interleave(cases, 11);
  python?.end();
  await device.close();
  const missing = python ? [] : ['python-fido2: apt-get install python3-fido2'];
  return { title: 'CTAPHID, 7,609 bytes there and back', unit: 'per second', rows, missing };
}

function through(message: Uint8Array): Uint8Array {
  let whole: Reassembly | undefined;
  for (const bytes of toPackets(CHANNEL, CTAPHID.CBOR, message)) {
    const packet = parsePacket(bytes);
    if (packet?.kind === 'init') whole = new Reassembly(packet);
    else if (packet) whole?.add(packet);
  }
  if (!whole?.complete) throw new Error('the message did not come through');
  return whole.payload;
}

/** A key that gives every packet back, once the message is complete. */
class Loopback implements HidConnection {
  #listener: (packet: Uint8Array) => void = () => {};
  #packets: Uint8Array[] = [];
  #missing = 0;

  async write(packet: Uint8Array): Promise<void> {
    const parsed = parsePacket(packet);
    if (parsed?.kind === 'init') {
      if (parsed.command === CTAPHID.INIT) return this.#initialise(parsed.cid, parsed.data.slice(0, 8));
      this.#missing = parsed.length;
    }
    this.#packets.push(packet);
    this.#missing -= parsed?.data.length ?? 0;
    if (this.#missing > 0) return;
    for (const echo of this.#packets.splice(0)) this.#listener(echo);
  }

  #initialise(cid: number, nonce: Uint8Array): void {
    const answer = Uint8Array.of(...nonce, 0, 0, 0, CHANNEL, 2, 1, 0, 0, 4);
    for (const packet of toPackets(cid, CTAPHID.INIT, answer)) queueMicrotask(() => this.#listener(packet));
  }

  onPacket(listener: (packet: Uint8Array) => void): void {
    this.#listener = listener;
  }

  onClosed(): void {}

  async close(): Promise<void> {}
}

/** python-fido2 measures itself whenever it is told to; undefined if it is not installed. */
async function pythonFraming(): Promise<{ case: Case; end: () => void } | undefined> {
  const child = spawn(PYTHON, [peer('framing.py')], { stdio: ['pipe', 'pipe', 'ignore'] });
  child.stdin.on('error', () => {});
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const measure = async () => {
    child.stdin.write('\n');
    const { value } = await lines.next();
    return Number(value);
  };
  return Number.isNaN(await measure())
    ? undefined
    : { case: { name: 'python-fido2, whole device', measure }, end: () => child.stdin.end() };
}
