/** The kinds of key that the software key can be. */
import { FidoError } from '../errors.ts';
import { canoKey } from './models/canokey.ts';
import { fido2Applet } from './models/fido2-applet.ts';
import { ctap20, ctap21pre, ctap23, ctap23UsbReset } from './models/generic.ts';
import { HOSTILE_MODELS } from './models/hostile/index.ts';
import type { Model } from './models/model.ts';
import { feitianBioPass, feitianEpassNfc, hidCrescendo } from './models/others.ts';
import { picoFido } from './models/pico-fido.ts';
import { solo1 } from './models/solo-1.ts';
import { ewbmGoldengate500, octatcoEzfinger, trustkeyT110 } from './models/trustkey.ts';
import { yubikey5Nfc, yubikey5NfcEnhancedPin, yubikeyBio, yubikeyBioMultiProtocol } from './models/yubico.ts';
import { yubicoSecurityKey } from './models/yubico-security-key.ts';

export { HOSTILE_MODELS } from './models/hostile/index.ts';
export type { Model } from './models/model.ts';

/** The keys that a software key can stand for. */
export const MODELS: readonly Model[] = [
  ctap23,
  ctap23UsbReset,
  yubikey5Nfc,
  yubikey5NfcEnhancedPin,
  yubikeyBio,
  yubikeyBioMultiProtocol,
  yubicoSecurityKey,
  feitianBioPass,
  feitianEpassNfc,
  hidCrescendo,
  fido2Applet,
  picoFido,
  canoKey,
  solo1,
  trustkeyT110,
  ewbmGoldengate500,
  octatcoEzfinger,
  ctap21pre,
  ctap20,
];

/** @throws {FidoError} `not-found` */
export function modelById(id: string): Model {
  const model = [...MODELS, ...HOSTILE_MODELS].find((candidate) => candidate.id === id);
  if (model) return model;
  throw new FidoError('not-found', `there is no model ${id}`, {
    hint: `Choose one of ${MODELS.map((candidate) => candidate.id).join(', ')}.`,
  });
}
