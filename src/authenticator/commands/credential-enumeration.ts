/**
 * Lists relying parties and their credentials one by one (CTAP 2.3 §6.8.3, §6.8.4), as they were when the listing
 * began.
 */
import type { credentialManagement } from '../../ctap2/commands/credential-management.ts';
import { COMMANDS } from '../../ctap2/commands/index.ts';
import { PUBLIC_KEY } from '../../ctap2/entities.ts';
import type { ResponseOf } from '../../ctap2/schema.ts';
import { CTAP_STATUS } from '../../ctap2/status.ts';
import { toHex } from '../../encoding/bytes.ts';
import { publicKeyToCose } from '../../encoding/cose.ts';
import { type CommandContext, refuse } from '../command-handler.ts';
import { signatureAlgorithm } from '../elliptic-curve.ts';
import { credentialsOfRp, type DiscoverableCredential } from '../state/credentials.ts';
import { SequenceKind } from '../stateful-sequence.ts';

type Response = ResponseOf<typeof credentialManagement>;

/** Credentials that are still to be listed; for a list of relying parties, one credential of each. */
type Remaining = DiscoverableCredential[];
const CODES = [COMMANDS.credentialManagement.code, COMMANDS.credentialManagementPreview.code] as const;
const RPS = new SequenceKind<Remaining>(...CODES);
const CREDENTIALS = new SequenceKind<Remaining>(...CODES);

/** The first relying party and how many there are. */
export function enumerateRPs({ model, state, volatile }: CommandContext): Response {
  const perRp = new Map(state.credentials.discoverable.map((credential) => [toHex(credential.rpIDHash), credential]));
  const [first, ...remaining] = perRp.values();
  if (!first) return nothingStored(model.quirks.nothingStored);
  volatile.sequence.begin(RPS, remaining);
  return { ...describeRp(first), totalRPs: perRp.size };
}

/** What a key without credentials answers, which differs between models. */
function nothingStored(answer: 'NO_CREDENTIALS' | 'totalRPs 0' | 'no members' = 'NO_CREDENTIALS'): Response {
  if (answer === 'totalRPs 0') return { totalRPs: 0 };
  if (answer === 'no members') return {};
  return refuse(CTAP_STATUS.CTAP2_ERR_NO_CREDENTIALS);
}

/**
 * The newest credential of the relying party and how many there are.
 * @throws {StatusError} CTAP2_ERR_NO_CREDENTIALS (0x2E)
 */
export function enumerateCredentials(rpIDHash: Uint8Array, context: CommandContext): Response {
  const [first, ...remaining] = credentialsOfRp(context.state.credentials, rpIDHash);
  if (!first) return refuse(CTAP_STATUS.CTAP2_ERR_NO_CREDENTIALS);
  context.volatile.sequence.begin(CREDENTIALS, remaining);
  return { ...describeCredential(first, context), totalCredentials: remaining.length + 1 };
}

/** @throws {StatusError} CTAP2_ERR_NOT_ALLOWED (0x30) if no such listing is under way */
export function nextRP(context: CommandContext): Response {
  return describeRp(next(RPS, context));
}

/** @throws {StatusError} CTAP2_ERR_NOT_ALLOWED (0x30) if no such listing is under way */
export function nextCredential(context: CommandContext): Response {
  return describeCredential(next(CREDENTIALS, context), context);
}

function next(kind: SequenceKind<Remaining>, { volatile: { sequence } }: CommandContext): DiscoverableCredential {
  const credential = sequence.stateOf(kind)?.shift();
  if (credential) return credential;
  sequence.end();
  return refuse(CTAP_STATUS.CTAP2_ERR_NOT_ALLOWED);
}

function describeRp({ rpId, rpName, rpIDHash }: DiscoverableCredential): Response {
  return { rp: { id: rpId, name: rpName }, rpIDHash };
}

function describeCredential(credential: DiscoverableCredential, { model }: CommandContext): Response {
  const { user, credentialId, alg, privateKey, credProtect, largeBlobKey, thirdPartyPayment } = credential;
  return {
    user,
    credentialID: { id: credentialId, type: PUBLIC_KEY },
    publicKey: publicKeyToCose(signatureAlgorithm(alg).publicKey(privateKey)),
    credProtect,
    largeBlobKey: model.quirks.largeBlobKeyNotListed ? undefined : largeBlobKey,
    thirdPartyPayment: model.specification === '2.3' ? thirdPartyPayment : undefined,
  };
}
