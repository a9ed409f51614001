import { createRequire } from 'node:module';

let names: Readonly<Record<string, string>> | undefined;

/** The model that a dashed AAGUID stands for in FIDO metadata and the like; undefined if nobody published it. */
export function modelName(aaguid: string): string | undefined {
  names ??= createRequire(import.meta.url)('aaguids') as Record<string, string>;
  return Object.hasOwn(names, aaguid) ? names[aaguid] : undefined;
}
