/**
 * steady-power OWN READER: takes the card that connects to port OWN to the virtual reader at port READER, and keeps its power
 * on until it is lifted. pcscd takes the power from a card that no program has connected to for 0.4 to 0.8 seconds, so that
 * without this it depends on the machine whether the next program meets the same card or one that has just been started.
 */
import { connect, createServer, type Socket } from 'node:net';

const [own, reader] = process.argv.slice(2).map(Number);
const POWER_OFF = 0;
const RESET = 2;

createServer((card: Socket) => {
  const slot = connect({ host: 'localhost', port: reader as number });
  let received = Buffer.alloc(0);
  slot.setNoDelay(true);
  card.setNoDelay(true);
  slot.on('data', (chunk) => {
    received = Buffer.concat([received, chunk]);
    while (received.length >= 2 && received.length >= 2 + received.readUInt16BE(0)) {
      const end = 2 + received.readUInt16BE(0);
      const isPowerCut = end === 3 && (received[2] === POWER_OFF || received[2] === RESET);
      if (!isPowerCut) card.write(received.subarray(0, end));
      received = received.subarray(end);
    }
  });
  card.on('data', (chunk) => slot.write(chunk));
  for (const [one, other] of [
    [card, slot],
    [slot, card],
  ] as const) {
    one.on('error', () => {});
    one.on('close', () => other.destroy());
  }
}).listen(own, 'localhost', () => console.log('steady'));
