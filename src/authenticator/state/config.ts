import type { Section } from './section.ts';

/** What authenticatorConfig changes (CTAP 2.3 §6.11). Nothing but reset undoes most of it. */
export interface Config {
  /** Unicode code points; never below the model's. */
  minPINLength: number;
  /** RPs that may learn the minimum through extension minPinLength. */
  minPinLengthRPIDs: readonly string[];
  /** The PIN must be changed before it gives tokens. */
  forcePINChange: boolean;
  /** Whether new PINs have to satisfy the model's complexity policy. */
  pinComplexityPolicy: boolean;
  alwaysUv: boolean;
  enterpriseAttestation: boolean;
  longTouchForReset: boolean;
}

export const configSection: Section<Config> = {
  initial: (model) => ({
    minPINLength: model.pin.minLength,
    minPinLengthRPIDs: [],
    forcePINChange: false,
    pinComplexityPolicy: model.pin.complexity?.enforced ?? false,
    alwaysUv: model.options.alwaysUv ?? false,
    enterpriseAttestation: model.options.ep ?? false,
    longTouchForReset: model.reset.longTouch ?? false,
  }),
  toJson: (config) => ({ ...config }),
  fromJson: (reader, model) => ({
    minPINLength: reader.member('minPINLength').integer(model.pin.minLength, 63),
    minPinLengthRPIDs: reader
      .member('minPinLengthRPIDs')
      .list()
      .map((rpId) => rpId.text()),
    forcePINChange: reader.member('forcePINChange').boolean(),
    pinComplexityPolicy: reader.member('pinComplexityPolicy').boolean(),
    alwaysUv: reader.member('alwaysUv').boolean(),
    enterpriseAttestation: reader.member('enterpriseAttestation').boolean(),
    longTouchForReset: reader.member('longTouchForReset').boolean(),
  }),
};
