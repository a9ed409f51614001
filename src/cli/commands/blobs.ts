import { FidoError, getLargeBlob, type LargeBlobEntry, listLargeBlobs, toHex, wipe } from '../../index.ts';
import { printable, shownId, usageWords } from '../blob-words.ts';
import type { Context } from '../context.ts';
import { plural } from '../credential-words.ts';
import { writeData } from '../data-file.ts';
import { escaped } from '../escape.ts';
import { table } from '../table.ts';

/** `seckey blobs list` */
export async function list(context: Context): Promise<void> {
  const { out } = context;
  const session = await context.openKey();
  const { used, capacity, damaged, entries } = await listLargeBlobs(session, context.interaction);
  out.waitingOver();
  out.document({ used, capacity, ...(damaged ? { damaged } : {}), entries: entries.map(entryDocument) });
  for (const line of table(entries.map(entryRow), { width: out.width, whole: [0] })) out.data(line);
  if (entries.length > 0) out.data();
  if (damaged) out.data('The large blobs are damaged: nothing in them can be read. The next writing replaces them.');
  else if (entries.length === 0) out.data('There are no large blobs on this key.');
  out.data(usageWords({ used, capacity }));
  if (entries.some(({ state }) => state === 'orphaned')) {
    out.say('No credential on this key opens the orphaned ones. Next: seckey blobs compact');
  }
}

function entryDocument({ state, credentialId, rpId, size }: LargeBlobEntry): object {
  return {
    state,
    ...(credentialId === undefined ? {} : { credentialId: toHex(credentialId) }),
    ...(rpId === undefined ? {} : { rpId }),
    ...(size === undefined ? {} : { size }),
  };
}

function entryRow({ state, credentialId, rpId = '', userName = '', size }: LargeBlobEntry): string[] {
  const bytes = size === undefined ? '' : plural(size, 'byte');
  if (!credentialId) return [state, bytes];
  return [shownId(credentialId), bytes, escaped(rpId), escaped(userName), state === 'damaged' ? state : ''];
}

/** `seckey blobs get CREDENTIAL` */
export async function get(context: Context, args: readonly string[], { output }: { output?: string }): Promise<void> {
  const [credential = ''] = args;
  const { out } = context;
  const session = await context.openKey();
  const { credentialId, data } = await getLargeBlob(session, credential, context.interaction);
  try {
    out.waitingOver();
    if (output !== undefined) await writeData(output, data);
    const facts = { credentialId: toHex(credentialId), size: data.length };
    out.document(output === undefined ? { ...facts, data: toHex(data) } : facts);
    if (output !== undefined) out.say(`Written: ${plural(data.length, 'byte')}, to ${escaped(output)}.`);
    else show(context, data);
  } finally {
    // stdout may still hold a reference to what it has not written out yet, so that gets a copy.
    wipe(data);
  }
}

/** As it is where a program reads it; a terminal gets nothing that it might obey. */
function show({ out }: Context, data: Uint8Array): void {
  if (!out.isTerminal || out.json) {
    out.raw(data.slice());
    return;
  }
  const text = printable(data);
  if (text === undefined) {
    throw new FidoError('usage', 'this blob is no plain text, and a terminal could do anything with it', {
      hint: 'Write it to a file with -o FILE, or into a pipe; --json shows it in hex.',
    });
  }
  out.raw(text.endsWith('\n') ? text : `${text}\n`);
}
