/**
 * `npm run bench`: prints medians and ratios of one run on one machine. It asserts nothing; bench/README.md tells how to
 * read it. `npm run bench reset-each` and `clean-exits` take some minutes, and run alone.
 */
import { cpus, release } from 'node:os';
import { fileURLToPath } from 'node:url';
import { card } from './card.ts';
import { cbor } from './cbor.ts';
import { cleanExits } from './clean-exits.ts';
import { framing } from './framing.ts';
import { keyAgreement } from './key-agreement.ts';
import { resetEach } from './reset-each.ts';
import { startUp } from './start-up.ts';
import { format, type Table } from './table.ts';

const processors = cpus();
print(`Node ${process.version}, ${process.platform} ${release()}, ${processors.length} x ${processors[0]?.model}\n`);

if (process.argv[2] === 'reset-each') {
  for (const table of await resetEach()) show(table);
} else if (process.argv[2] === 'clean-exits') {
  const alone = fileURLToPath(new URL('./info-alone.mjs', import.meta.url));
  await cleanExits(alone, process.argv.slice(3), (line) => print(`${line}\n`));
} else {
  // Before noble is warm: it is the first use that a command pays for.
  const agreement = await keyAgreement();
  show(await startUp());
  for (const table of await card(fileURLToPath(new URL('./card-inside.mjs', import.meta.url)))) show(table);
  show(await framing());
  show(agreement);
  show(await cbor());
}

function show(table: Table): void {
  print(format(table));
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
