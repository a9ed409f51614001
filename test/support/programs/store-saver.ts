/** store-saver DIRECTORY NAME: saves ever new states of a virtual key, and says each number once it has been saved. */
import { writeSync } from 'node:fs';
import { VirtualKeyStore } from '../../../src/authenticator/store/store.ts';

const [directory = '', name = ''] = process.argv.slice(2);
const key = await new VirtualKeyStore(directory).open(name);
for (let n = 1; ; n++) {
  // Long and short in turn, so that a mixture of two versions cannot look like one.
  key.save({ ...key.document, state: { n, filling: String(n).padEnd(n % 2 ? 200_000 : 10, '.') } });
  writeSync(1, `${n}\n`);
}
