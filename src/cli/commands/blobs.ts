import { toHex, wipe } from '../../ctap2/index.ts';
import { largeBlobs } from '../../index.ts';
import { asking, type FindOption, findingOwners, meant, type RpIdOption } from '../blob-options.ts';
import type { Context } from '../context.ts';
import { failure } from '../failure.ts';
import { writeData } from '../files/data-file.ts';
import * as words from '../messages/blobs.ts';
import { table } from '../terminal/table.ts';

/** `seckey blobs list` */
export async function list(context: Context, options: FindOption & RpIdOption): Promise<void> {
  const { out } = context;
  const session = await context.openKey();
  const findOwners = findingOwners(context, options);
  let asked = false;
  const { used, capacity, damaged, entries, notAsked } = await largeBlobs.list(session, context.interaction, {
    ...asking(context, options),
    findOwners: async (unknown) => {
      asked = await findOwners(unknown);
      return asked;
    },
  });
  out.waitingOver();
  out.document({ used, capacity, ...(damaged ? { damaged } : {}), entries: entries.map(entryDocument) });
  for (const line of table(entries.map(words.entryRow), { width: out.width, whole: [0] })) out.data(line);
  if (entries.length > 0) out.data();
  if (damaged) out.data(words.DAMAGED);
  else if (entries.length === 0) out.data(words.NONE);
  out.data(words.usageWords({ used, capacity }));
  if (entries.some(({ state }) => state === 'orphaned')) {
    out.say(words.nextCompact(asked));
  }
  const unknown = entries.filter(({ state }) => state === 'unknown').length;
  if (unknown > 0) out.say(asked ? words.stillUnknown(unknown, notAsked) : words.NEXT_FIND_OWNERS);
}

function entryDocument({ state, credentialId, rpId, size }: largeBlobs.LargeBlobEntry): object {
  return {
    state,
    ...(credentialId === undefined ? {} : { credentialId: toHex(credentialId) }),
    ...(rpId === undefined ? {} : { rpId }),
    ...(size === undefined ? {} : { size }),
  };
}

/** `seckey blobs get CREDENTIAL` */
export async function get(
  context: Context,
  credential: string,
  { output, ...options }: { output?: string } & RpIdOption,
): Promise<void> {
  const { out } = context;
  const session = await context.openKey();
  const { credentialId, data } = await largeBlobs.get(
    session,
    meant(credential),
    context.interaction,
    asking(context, options),
  );
  try {
    out.waitingOver();
    if (output !== undefined) await writeData(output, data);
    const facts = { credentialId: toHex(credentialId), size: data.length };
    out.document(output === undefined ? { ...facts, data: toHex(data) } : facts);
    if (output !== undefined) out.say(words.written(data.length, output));
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
  const text = words.printable(data);
  if (text === undefined) throw failure('usage', words.NO_TEXT);
  out.raw(text.endsWith('\n') ? text : `${text}\n`);
}
