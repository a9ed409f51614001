/** Keeps software keys in memory instead of on the disk, where one slow write would hold up all that run in this process. */
import { vi } from 'vitest';
import { VirtualKeyStore } from '../../src/authenticator/store/store.ts';
import { newDocument, parseDocument, serializeDocument } from '../../src/authenticator/store/store-document.ts';

/** From now on, in this process. Not with vi.mock: imports at the same time as the first one get the real module. */
export function storeKeysInMemory(): void {
  /** By name, as they would be written to files. */
  const files = new Map<string, string>();
  vi.spyOn(VirtualKeyStore.prototype, 'create').mockImplementation(async (name, key) => {
    const document = newDocument(name, key);
    files.set(name, serializeDocument(document));
    return document;
  });
  vi.spyOn(VirtualKeyStore.prototype, 'open').mockImplementation(async (name) => {
    const text = files.get(name);
    if (text === undefined) throw new Error(`no key ${name} was made`);
    let document = parseDocument(text, name, name);
    return {
      get document() {
        return document;
      },
      save: (next) => {
        document = next;
        files.set(name, serializeDocument(next));
      },
      close: () => {},
    };
  });
}
