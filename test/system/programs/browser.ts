/**
 * browser PASSKEY: a page in Chromium that registers, is kept from doing so twice, and signs in; also with a passkey
 * (its ID in base64url) that somebody else made on the same key. Prints what the page got, as WebAuthn's JSON.
 */
import { mkdtempSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { BROWSER_SCENES as scenes } from '../support/browser-scenes.ts';
import { HeadlessBrowser } from '../support/headless-browser.ts';

const passkey = process.argv[2] ?? '';
const server = createServer((_request, response) =>
  response.setHeader('content-type', 'text/html').end('<title>A page</title>'),
);
await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
const page = await HeadlessBrowser.open(
  `http://localhost:${(server.address() as AddressInfo).port}/`,
  mkdtempSync('/run/chromium-'),
);
const create = (options: object) =>
  page.evaluate(`(await navigator.credentials.create({
    publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(${JSON.stringify(options)}) })).toJSON()`);
const get = (options: object) =>
  page.evaluate(`(await navigator.credentials.get({
    publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(${JSON.stringify(options)}) })).toJSON()`);

const registered = await create(scenes.register([]));
const { id } = registered as { id: string };
console.log(
  JSON.stringify({
    registered,
    excluded: await create(scenes.register([scenes.unknown, id])),
    signedIn: await get(scenes.signIn([scenes.unknown, id])),
    withPasskey: await get(scenes.signIn([passkey], { largeBlob: { write: scenes.blob } })),
  }),
);
await page.close();
server.close();
