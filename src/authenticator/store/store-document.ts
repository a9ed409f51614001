/** The JSON document that a software key is kept as. Pure. */
import { FidoError } from '../../errors.ts';

const FORMAT = 'seckey-virtual-key';
const VERSION = 1;

/** The simulated user: `auto` touches the key whenever it asks, `none` never does. */
export const VIRTUAL_KEY_HANDS = ['auto', 'none'] as const;
export type VirtualKeyHand = (typeof VIRTUAL_KEY_HANDS)[number];

/** What one file holds. */
export interface VirtualKeyDocument {
  format: typeof FORMAT;
  version: typeof VERSION;
  name: string;
  /** Id of the model it is built after. */
  model: string;
  hand: VirtualKeyHand;
  /** ISO 8601, UTC. */
  createdAt: string;
  /** AuthenticatorStateJson, secrets included. */
  state: object;
}

/** A document of a new key. */
export function newDocument(
  name: string,
  key: Pick<VirtualKeyDocument, 'model' | 'hand' | 'state'>,
): VirtualKeyDocument {
  const { model, hand, state } = key;
  return { format: FORMAT, version: VERSION, name, model, hand, createdAt: new Date().toISOString(), state };
}

export function serializeDocument(document: VirtualKeyDocument): string {
  return `${JSON.stringify(document)}\n`;
}

/**
 * @param name as it should be in the document
 * @param path of the file, for the messages
 * @throws {FidoError} `invalid-input`
 */
export function parseDocument(text: string, name: string, path: string): VirtualKeyDocument {
  const damaged = (what: string, cause?: unknown) =>
    new FidoError('invalid-input', `the file of the software key "${name}" is damaged: ${path}: ${what}`, {
      hint: `Restore the file from a backup, or give the key up with \`seckey virtual delete ${name}\`.`,
      cause,
    });
  let document: Partial<Record<keyof VirtualKeyDocument, unknown>>;
  try {
    document = JSON.parse(text);
  } catch (error) {
    throw damaged('not JSON', error instanceof SyntaxError ? undefined : error);
  }
  if (document?.format !== FORMAT) throw damaged(`"format" is not "${FORMAT}"`);
  if (typeof document.version === 'number' && document.version > VERSION) {
    throw new FidoError('invalid-input', `${path} has version ${document.version}, this seckey knows ${VERSION}`, {
      hint: 'Update seckey: the software key was made by a newer one.',
    });
  }
  if (document.version !== VERSION) throw damaged('"version" is missing or unknown');
  const { model, hand, createdAt, state } = document;
  if (document.name !== name) throw damaged('"name" is not that of the file');
  if (typeof model !== 'string') throw damaged('"model" is missing');
  if (!VIRTUAL_KEY_HANDS.some((known) => known === hand)) throw damaged('"hand" is missing or unknown');
  if (typeof createdAt !== 'string') throw damaged('"createdAt" is missing');
  if (typeof state !== 'object' || state === null) throw damaged('"state" is missing');
  return document as VirtualKeyDocument;
}
