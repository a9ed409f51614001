import { expect, test } from 'vitest';
import type { ExtensionHandlers } from '../../../src/authenticator/extensions/extension-handler.ts';
import { EXTENSION_HANDLERS } from '../../../src/authenticator/extensions/handlers.ts';
import { EXTENSIONS, type ExtensionName } from '../../../src/ctap2/extensions/index.ts';

test('every extension has a handler for each command that it is declared for, and a missing one does not compile', () => {
  for (const name of Object.keys(EXTENSIONS) as ExtensionName[]) {
    expect([name, ...Object.keys(EXTENSION_HANDLERS[name]).sort()]).toEqual([
      name,
      ...Object.keys(EXTENSIONS[name])
        .filter((member) => member !== 'identifier')
        .sort(),
    ]);
  }
  const { credBlob, hmacSecretMc: _, ...others } = EXTENSION_HANDLERS;
  // @ts-expect-error hmacSecretMc is missing
  const withoutOne: ExtensionHandlers = { ...others, credBlob };
  // @ts-expect-error credBlob has an output in getAssertion
  const withoutOutput: ExtensionHandlers = { ...EXTENSION_HANDLERS, credBlob: { ...credBlob, getAssertion: {} } };
  const wrongOutput: ExtensionHandlers = {
    ...EXTENSION_HANDLERS,
    // @ts-expect-error minPinLength answers a number
    minPinLength: { makeCredential: { output: () => true } },
  };
  expect([withoutOne, withoutOutput, wrongOutput]).toHaveLength(3);
});
