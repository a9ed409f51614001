import { toHex } from '../../ctap2/index.ts';
import {
  type Authorization,
  type EnrollSampleNotice,
  fingerprints,
  PERMISSION,
  type Session,
  withAuthorization,
} from '../../index.ts';
import type { Context } from '../context.ts';
import * as words from '../messages/fingerprints.ts';
import { askConsent, requireConsentPossible } from '../terminal/consent.ts';
import { escaped } from '../terminal/escape.ts';

/** `seckey fingerprints list` */
export async function list(context: Context): Promise<void> {
  const { out } = context;
  const enrolled = await readFingerprints(context);
  out.document({ fingerprints: enrolled.map(fingerprintDocument) });
  for (const { templateId, name } of enrolled) {
    out.data(
      `${toHex(templateId).padEnd(8)}  ${name === undefined ? out.styled('dim', words.NO_NAME) : escaped(name)}`,
    );
  }
  if (enrolled.length > 0) return;
  out.data(words.NONE_ENROLLED);
  out.say(words.NEXT_ADD);
}

export async function readFingerprints(context: Context): Promise<fingerprints.Fingerprint[]> {
  const session = await openKey(context);
  return authorized(context, session, (authorization) => fingerprints.list(session, authorization));
}

/** `seckey fingerprints add` */
export async function add(context: Context, { name }: { name?: string }): Promise<void> {
  const { out, timeoutMs } = context;
  const session = await openKey(context);
  const sensor = await fingerprints.sensor(session);
  const onSample = (notice: EnrollSampleNotice) => context.interaction.enrollSample(notice);
  if (name !== undefined) fingerprints.checkName(name, sensor);
  const enrolled = await authorized(context, session, (authorization) =>
    fingerprints.enroll(session, authorization, { sensor, name, timeoutMs, onSample }),
  );
  const { samples } = enrolled;
  out.document({ ...fingerprintDocument(enrolled), samples });
  out.data(words.enrolled(enrolled, samples));
  if (enrolled.name === undefined) out.say(words.nextRename(enrolled));
}

/** `seckey fingerprints rename ID NAME` */
export async function rename(context: Context, id: string, name: string): Promise<void> {
  const { out } = context;
  const session = await openKey(context);
  fingerprints.checkName(name, await fingerprints.sensor(session));
  const renamed = await authorized(context, session, async (authorization) => {
    const { templateId } = fingerprints.find(await fingerprints.list(session, authorization), id);
    return fingerprints.rename(session, templateId, name, authorization);
  });
  out.document({ templateId: toHex(renamed.templateId) });
  out.data(words.renamed(renamed));
}

/** `seckey fingerprints delete ID` */
export async function remove(context: Context, id: string): Promise<void> {
  const { out } = context;
  requireConsentPossible(context, words.DELETING);
  const session = await openKey(context);
  const { found, left } = await authorized(context, session, async (authorization) => {
    const found = fingerprints.find(await fingerprints.list(session, authorization), id);
    await askConsent(context, words.deletingConsent(found));
    return { found, left: (await fingerprints.delete(session, found.templateId, authorization)).length };
  });
  out.document({ templateId: toHex(found.templateId) });
  out.data(words.deleted(found));
  out.say(words.left(left));
}

/** `seckey fingerprints sensor` */
export async function sensor(context: Context): Promise<void> {
  const { out } = context;
  const sensor = await fingerprints.sensor(await context.openKey());
  out.document({
    fingerprintKind: sensor.kind,
    maxCaptureSamplesRequiredForEnroll: sensor.maxSamples,
    maxTemplateFriendlyName: sensor.maxNameLength,
  });
  for (const line of words.sensorLines(sensor)) out.data(line);
}

/** The key, which has fingerprints to manage. */
async function openKey(context: Context): Promise<Session> {
  const session = await context.openKey();
  fingerprints.requireSupport(await session.info());
  return session;
}

async function authorized<T>(
  context: Context,
  session: Session,
  work: (authorization: Authorization) => Promise<T>,
): Promise<T> {
  const result = await withAuthorization(session, { permissions: PERMISSION.be }, context.interaction, work);
  context.out.waitingOver();
  return result;
}

function fingerprintDocument({ templateId, name }: fingerprints.Fingerprint): object {
  return { templateId: toHex(templateId), ...(name === undefined ? {} : { name }) };
}
