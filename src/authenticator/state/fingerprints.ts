import { equalBytes, toHex } from '../../encoding/bytes.ts';
import type { Section } from './section.ts';

/** An enrolled finger (CTAP 2.3 §6.7). */
export interface FingerprintTemplate {
  readonly templateId: Uint8Array;
  friendlyName?: string;
  /** Name of the simulated finger, in place of the biometric data that a real sensor stores. */
  readonly finger: string;
}

export interface Fingerprints {
  /** Oldest first. */
  readonly templates: FingerprintTemplate[];
}

export function templateById({ templates }: Fingerprints, templateId: Uint8Array): FingerprintTemplate | undefined {
  return templates.find((template) => equalBytes(template.templateId, templateId));
}

export function isEnrolled({ templates }: Fingerprints, finger: string): boolean {
  return templates.some((template) => template.finger === finger);
}

export const fingerprintsSection: Section<Fingerprints> = {
  initial: () => ({ templates: [] }),
  toJson: ({ templates }) => ({
    templates: templates.map(({ templateId, friendlyName, finger }) => ({
      templateId: toHex(templateId),
      ...(friendlyName !== undefined && { friendlyName }),
      finger,
    })),
  }),
  fromJson: (reader, model) => {
    const list = reader.member('templates');
    const templates = list.list().map((template): FingerprintTemplate => {
      const friendlyName = template.optional('friendlyName');
      return {
        templateId: template.member('templateId').bytes(),
        ...(friendlyName && { friendlyName: friendlyName.text() }),
        finger: template.member('finger').text(),
      };
    });
    const room = model.storage.fingerprints ?? 0;
    if (templates.length > room) list.refuse(`a list of at most ${room}`);
    return { templates };
  },
};
