import type { Environment } from '../environment.ts';
import type { Model } from '../models/model.ts';
import type { JsonObject, JsonReader } from './json-reader.ts';

/**
 * One group of persistent state that authenticatorReset erases: how it looks on a new key, and how it is stored. A
 * command group with something to remember adds its section to `SECTIONS` in `state.ts`; there is nothing else to do.
 */
export interface Section<T> {
  initial(model: Model, environment: Pick<Environment, 'randomBytes'>): T;
  toJson(value: T): JsonObject;
  /** @throws {FidoError} `invalid-input`, naming the member. */
  fromJson(reader: JsonReader, model: Model): T;
}
