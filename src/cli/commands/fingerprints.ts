import {
  type Authorization,
  checkFingerprintName,
  deleteFingerprint,
  enrollFingerprint,
  type Fingerprint,
  findFingerprint,
  fingerprintSensor,
  listFingerprints,
  PERMISSION,
  renameFingerprint,
  requireFingerprints,
  type Session,
  toHex,
  withAuthorization,
} from '../../index.ts';
import { askConsent, requireConsentPossible } from '../consent.ts';
import type { Context } from '../context.ts';
import { escaped } from '../escape.ts';

const IRREVERSIBLE = 'deleting a fingerprint cannot be undone';

/** `seckey fingerprints list` */
export async function list(context: Context): Promise<void> {
  const { out } = context;
  const fingerprints = await readFingerprints(context);
  out.document({ fingerprints: fingerprints.map(fingerprintDocument) });
  for (const { templateId, name } of fingerprints) {
    out.data(`${toHex(templateId).padEnd(8)}  ${name === undefined ? out.styled('dim', 'no name') : escaped(name)}`);
  }
  if (fingerprints.length > 0) return;
  out.data('No fingerprint is enrolled.');
  out.say('Next: seckey fingerprints add');
}

export async function readFingerprints(context: Context): Promise<Fingerprint[]> {
  const session = await openKey(context);
  return authorized(context, session, (authorization) => listFingerprints(session, authorization));
}

/** `seckey fingerprints add` */
export async function add(context: Context, _args: readonly string[], { name }: { name?: string }): Promise<void> {
  const { out, timeoutMs } = context;
  const session = await openKey(context);
  const sensor = await fingerprintSensor(session);
  if (name !== undefined) checkFingerprintName(name, sensor);
  const enrolled = await authorized(context, session, (authorization) =>
    enrollFingerprint(session, authorization, context.interaction, { sensor, name, timeoutMs }),
  );
  const { samples } = enrolled;
  out.document({ ...fingerprintDocument(enrolled), samples });
  out.data(`The finger is enrolled as ${described(enrolled)}, with ${samples} samples.`);
  if (enrolled.name === undefined) out.say(`Next: seckey fingerprints rename ${toHex(enrolled.templateId)} NAME`);
}

/** `seckey fingerprints rename ID NAME` */
export async function rename(context: Context, args: readonly string[]): Promise<void> {
  const [id = '', name = ''] = args;
  const { out } = context;
  const session = await openKey(context);
  checkFingerprintName(name, await fingerprintSensor(session));
  const renamed = await authorized(context, session, async (authorization) => {
    const { templateId } = findFingerprint(await listFingerprints(session, authorization), id);
    return renameFingerprint(session, authorization, templateId, name);
  });
  out.document({ templateId: toHex(renamed.templateId) });
  out.data(`The fingerprint is now ${described(renamed)}.`);
}

/** `seckey fingerprints delete ID` */
export async function remove(context: Context, args: readonly string[]): Promise<void> {
  const [id = ''] = args;
  const { out } = context;
  requireConsentPossible(context, IRREVERSIBLE);
  const session = await openKey(context);
  const { found, left } = await authorized(context, session, async (authorization) => {
    const fingerprints = await listFingerprints(session, authorization);
    const found = findFingerprint(fingerprints, id);
    await askConsent(context, {
      what: IRREVERSIBLE,
      lines: [`This deletes the fingerprint ${described(found)}. It cannot be undone.`],
      question: 'Delete it?',
    });
    await deleteFingerprint(session, authorization, found.templateId);
    return { found, left: fingerprints.length - 1 };
  });
  out.document({ templateId: toHex(found.templateId) });
  out.data(`The fingerprint ${described(found)} is deleted.`);
  out.say(left === 0 ? 'None is left: the key asks for its PIN now.' : `Fingerprints left: ${left}.`);
}

/** `seckey fingerprints sensor` */
export async function sensor(context: Context): Promise<void> {
  const { out } = context;
  const { kind, maxSamples, maxNameLength } = await fingerprintSensor(await context.openKey());
  out.document({
    fingerprintKind: kind,
    maxCaptureSamplesRequiredForEnroll: maxSamples,
    maxTemplateFriendlyName: maxNameLength,
  });
  out.data(kind === undefined ? 'Sensor: it does not say of which kind.' : `Sensor: to ${kind} with a finger.`);
  if (maxSamples !== undefined) out.data(`Enrolling a finger takes up to ${maxSamples} samples.`);
  if (maxNameLength !== undefined) out.data(`A name may have up to ${maxNameLength} bytes.`);
}

/** The key, which has fingerprints to manage. */
async function openKey(context: Context): Promise<Session> {
  const session = await context.openKey();
  requireFingerprints(await session.info());
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

function fingerprintDocument({ templateId, name }: Fingerprint): object {
  return { templateId: toHex(templateId), ...(name === undefined ? {} : { name }) };
}

function described({ templateId, name }: Fingerprint): string {
  return name === undefined ? toHex(templateId) : `"${escaped(name)}" (${toHex(templateId)})`;
}
