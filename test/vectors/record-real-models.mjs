// node record-real-models.mjs BLOB.jwt > real-models.jsonl
// What makers declare of their keys in a metadata BLOB of the FIDO Alliance (payload of a JWT): a line per model, with
// the authenticatorGetInfo that it says the model answers. Facts alone; the BLOB itself, with its texts, icons and
// certificates, is not for a repository. The signature is not checked: nobody is to be trusted by these lines.
import { readFileSync } from 'node:fs';

const [, payload] = readFileSync(process.argv[2], 'utf8').split('.');
for (const { metadataStatement } of JSON.parse(Buffer.from(payload, 'base64url').toString()).entries) {
  const { description, authenticatorGetInfo } = metadataStatement ?? {};
  if (authenticatorGetInfo) console.log(JSON.stringify({ model: description, getInfo: authenticatorGetInfo }));
}
