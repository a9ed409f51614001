/** The outermost members of a stored state: they tell the model before the rest is read. */
import { FidoError } from '../../errors.ts';
import { type JsonObject, JsonReader } from './json-reader.ts';

export const STORED_FORMAT = 'seckey-software-key';
export const STORED_VERSION = 1;

/** The state of a software key as JSON, secrets included. */
export interface AuthenticatorStateJson extends JsonObject {
  readonly format: typeof STORED_FORMAT;
  readonly version: typeof STORED_VERSION;
  readonly model: string;
}

/** Which model a stored state belongs to. @throws {FidoError} `invalid-input` */
export function modelIdOf(json: unknown): string {
  const root = new JsonReader(json, 'software key');
  const format = root.optional('format');
  if (format?.text() !== STORED_FORMAT) root.refuse('a stored software key');
  if (root.member('version').integer(1, Number.MAX_SAFE_INTEGER) > STORED_VERSION) {
    throw new FidoError('invalid-input', 'the software key was stored by a newer seckey', { hint: 'Update seckey.' });
  }
  return root.member('model').text();
}
