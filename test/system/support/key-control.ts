import { createInterface } from 'node:readline';
import type { PluggedKey } from '../../../src/authenticator/serve/plugged-key.ts';

/**
 * Lets a test move a served key from outside: lines `remove`, `insert` and `stop` on standard input. Says `inserted`,
 * `removed` and `closed …` once that is so. Ends when standard input or the key does.
 */
export async function obey(key: PluggedKey): Promise<void> {
  const lines = createInterface(process.stdin);
  void key.closed.then((end) => {
    console.log(`closed ${end}`);
    lines.close();
    process.stdin.destroy();
  });
  process.once('SIGTERM', () => void key.stop());
  console.log('inserted');
  for await (const line of lines) {
    if (line === 'remove') {
      await key.remove();
      console.log('removed');
    } else if (line === 'insert') {
      await key.insert();
      console.log('inserted');
    } else if (line === 'stop') break;
  }
  await key.stop();
}
