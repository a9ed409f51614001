import { type Authorization, credentials, type Session, withAuthorization } from '../../index.ts';
import type { Context } from '../context.ts';
import { CSV_HEADER, csvRows, listDocument, soleDocument } from '../credential-document.ts';
import { findAll, forEachRelyingParty, readList } from '../credential-list.ts';
import { failure } from '../failure.ts';
import { toCsv } from '../files/csv.ts';
import * as words from '../messages/credentials.ts';
import { jsonText } from '../terminal/escape.ts';
import { fitted, table } from '../terminal/table.ts';

export interface Listing {
  metadata: credentials.CredentialMetadata;
  relyingParties: credentials.RelyingPartyCredentials[];
  /** Whether the key stores large blobs at all. */
  hasLargeBlobs: boolean;
}

/** Everything on the key, or what is there of one site. */
export function readCredentialList(context: Context, rp?: string): Promise<Listing> {
  return reading(context, async (session, authorization, metadata) => {
    const hasLargeBlobs = (await session.info()).options?.largeBlobs === true;
    const relyingParties = await readList(context, session, authorization, { metadata, rp });
    const counted =
      rp === undefined ? relyingParties.reduce((sum, { credentials }) => sum + credentials.length, 0) : undefined;
    return { metadata: { ...metadata, existing: metadata.existing ?? counted }, relyingParties, hasLargeBlobs };
  });
}

/** Reads with the least permission there is. */
async function reading<T>(
  context: Context,
  work: (session: Session, authorization: Authorization, metadata: credentials.CredentialMetadata) => Promise<T>,
): Promise<T> {
  const session = await context.openKey();
  const info = await session.info();
  credentials.requireSupport(info);
  const request = { permissions: credentials.readPermission(info) };
  return withAuthorization(session, request, context.interaction, async (authorization) => {
    context.out.waitingOver();
    return work(session, authorization, await credentials.metadata(session, authorization));
  });
}

/** `seckey credentials list` */
export async function list(context: Context, options: { rp?: string }): Promise<void> {
  const { out } = context;
  const { metadata, relyingParties } = await readCredentialList(context, options.rp);
  out.document(listDocument(metadata, relyingParties));
  const shown = relyingParties.flatMap(({ credentials }) => credentials);
  const idLength = credentials.distinctLength(shown);
  const indent = '  ';
  // One table for all, so that the columns of different sites line up.
  const lines = table(
    shown.map((credential) => words.credentialRow(credential, idLength)),
    { width: out.width - indent.length, whole: [0] },
  ).values();
  for (const { credentials, ...rp } of relyingParties) {
    out.data(out.styled('bold', fitted(words.relyingPartyWords(rp), out.width)));
    for (const _ of credentials) out.data(`${indent}${lines.next().value ?? ''}`);
  }
  if (shown.length > 0) out.data();
  if (options.rp !== undefined && shown.length === 0 && metadata.existing !== 0) {
    out.say(words.noneOf(options.rp));
  }
  out.data(words.storage(metadata));
  if (metadata.existing === 0) {
    out.say(words.NOT_STORED);
  }
}

/** `seckey credentials show ID` */
export async function show(context: Context, id: string): Promise<void> {
  const { out } = context;
  const { relyingParties } = await readCredentialList(context);
  const isListed = credentials.listsLargeBlobKeys(relyingParties);
  for (const found of findAll(relyingParties, [id])) {
    out.document(soleDocument(found, isListed));
    const lines = words.credentialLines(found.rp, found.credential, isListed);
    for (const line of table(lines, { width: out.width, whole: [0, 1] })) {
      out.data(line);
    }
  }
}

/** `seckey credentials export` */
export async function exportList(context: Context, { format = 'json' }: { format?: 'json' | 'csv' }): Promise<void> {
  const { out } = context;
  if (out.json && format === 'csv') {
    throw failure('usage', words.CSV_IS_NO_JSON);
  }
  if (format === 'csv') return exportCsv(context);
  const { metadata, relyingParties } = await readCredentialList(context);
  const document = listDocument(metadata, relyingParties);
  out.document(document);
  out.raw(`${jsonText(document, 2)}\n`);
}

/**
 * Written relying party by relying party, once it is known what a missing large-blob key means: from the first one that has
 * one, or at the end.
 */
function exportCsv(context: Context): Promise<void> {
  return reading(context, async (session, authorization, metadata) => {
    const pending: credentials.RelyingPartyCredentials[] = [];
    let isListed = false;
    const write = () => context.out.raw(toCsv(csvRows(pending.splice(0), isListed)));
    context.out.raw(toCsv([CSV_HEADER]));
    await forEachRelyingParty(context, session, authorization, { metadata }, (found) => {
      pending.push(found);
      isListed ||= credentials.listsLargeBlobKeys([found]);
      if (isListed) write();
    });
    write();
  });
}
