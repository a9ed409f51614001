/** store-holder DIRECTORY NAME: opens a virtual key, says "open" or the error's code, and holds it until stdin ends. */

import { VirtualKeyStore } from '../../../src/authenticator/store/store.ts';
import { FidoError } from '../../../src/errors.ts';

const [directory = '', name = ''] = process.argv.slice(2);
try {
  await new VirtualKeyStore(directory).open(name);
  console.log('open');
} catch (error) {
  console.log(error instanceof FidoError ? `${error.code}: ${error.message}` : String(error));
}
process.stdin.resume();
// Leaves without closing the key: that is the lock's own business.
process.stdin.once('end', () => process.exit(0));
