/** What the software key remembers, and how it is stored: plain data, composed of sections (see `state/section.ts`). */
import { FidoError } from '../errors.ts';
import type { Environment } from './environment.ts';
import type { Model } from './models/model.ts';
import { configSection } from './state/config.ts';
import { credentialsSection } from './state/credentials.ts';
import { fingerprintsSection } from './state/fingerprints.ts';
import { identitySection } from './state/identity.ts';
import { type JsonObject, JsonReader } from './state/json-reader.ts';
import { largeBlobsSection } from './state/large-blobs.ts';
import { pinSection } from './state/pin.ts';
import { newPowerCycle, type PowerCycle, powerCycleFromJson, powerCycleToJson } from './state/power-cycle.ts';
import type { Section } from './state/section.ts';
import { type AuthenticatorStateJson, modelIdOf, STORED_FORMAT, STORED_VERSION } from './state/stored-state.ts';

/** Everything that authenticatorReset erases. */
const SECTIONS = {
  identity: identitySection,
  pin: pinSection,
  config: configSection,
  credentials: credentialsSection,
  fingerprints: fingerprintsSection,
  largeBlobs: largeBlobsSection,
} as const;

type SectionName = keyof typeof SECTIONS;
type SectionValue<S> = S extends Section<infer T> ? T : never;
type Erasable = { [Name in SectionName]: SectionValue<(typeof SECTIONS)[Name]> };

export interface AuthenticatorState extends Erasable {
  readonly modelId: string;
  /** Serial number of the key, 32 bits; a reset does not change it. */
  readonly serial: number;
  /** How often the key was reset. */
  resets: number;
  powerCycle: PowerCycle;
}

type Outside = Pick<Environment, 'randomBytes' | 'now'>;

/** The state of a new key that was just plugged in. Its serial is random unless given. */
export function createState(model: Model, environment: Outside, serial?: number): AuthenticatorState {
  return {
    modelId: model.id,
    serial: serial ?? new DataView(environment.randomBytes(4).buffer).getUint32(0),
    resets: 0,
    powerCycle: newPowerCycle(environment.now()),
    ...initialSections(model, environment),
  };
}

function initialSections(model: Model, environment: Outside): Erasable {
  const entries = Object.entries(SECTIONS).map(([name, section]) => [name, section.initial(model, environment)]);
  return Object.fromEntries(entries) as Erasable;
}

/** To be called at power-up: see {@link PowerCycle}. */
export function beginPowerCycle(state: AuthenticatorState, now: number): void {
  state.powerCycle = newPowerCycle(now);
}

/** authenticatorReset: everything as on a new key, except that the power cycle goes on. */
export function eraseState(state: AuthenticatorState, model: Model, environment: Outside): void {
  Object.assign(state, initialSections(model, environment));
  state.resets++;
  state.powerCycle.pinMisses = 0;
}

export function stateToJson(state: AuthenticatorState): AuthenticatorStateJson {
  const sections = Object.entries(SECTIONS as Record<SectionName, Section<unknown>>).map(([name, section]) => [
    name,
    section.toJson(state[name as SectionName]),
  ]);
  return {
    format: STORED_FORMAT,
    version: STORED_VERSION,
    model: state.modelId,
    serial: state.serial,
    resets: state.resets,
    powerCycle: powerCycleToJson(state.powerCycle),
    ...(Object.fromEntries(sections) as JsonObject),
  };
}

/** @throws {FidoError} `invalid-input`, naming the member that does not fit. */
export function stateFromJson(json: unknown, model: Model): AuthenticatorState {
  const modelId = modelIdOf(json);
  if (modelId !== model.id) {
    throw new FidoError('invalid-input', `the stored software key is a ${modelId}, not a ${model.id}`, {
      hint: 'The file is damaged or does not belong to this software key.',
    });
  }
  const root = new JsonReader(json, 'software key');
  const sections = Object.entries(SECTIONS).map(([name, section]) => [
    name,
    section.fromJson(root.member(name), model),
  ]);
  return {
    modelId,
    serial: root.member('serial').integer(0, 0xffff_ffff),
    resets: root.member('resets').integer(0, Number.MAX_SAFE_INTEGER),
    powerCycle: powerCycleFromJson(root.member('powerCycle')),
    ...(Object.fromEntries(sections) as Erasable),
  };
}
