/**
 * A key's answer in which a member is null or CBOR's undefined is malformed: the type is wrong, and to read "absent" would
 * be to guess. getInfo alone shows what can be read and keeps the odd member as it came, because a key of which nothing
 * can be read cannot be helped at all.
 */
import { expect, test } from 'vitest';
import { COMMANDS } from '../../src/ctap2/commands/index.ts';
import { type Command, decodeResponse, nothing, SchemaError } from '../../src/ctap2/schema.ts';
import { cbor, Encoded, type Wire } from '../authenticator/support/hand-made-client.ts';
import { type AnyCodec, messageWith, places } from '../support/declared-members.ts';

const ODD = [null, undefined].map((value) => [value, new Encoded(value === null ? 'f6' : 'f7')] as const);
const ANSWERING = Object.values(COMMANDS).filter(({ response }) => (response as unknown) !== nothing);
const read = (command: Command<unknown, unknown>, message: Wire) => {
  try {
    return decodeResponse(command, Uint8Array.from(cbor(message)));
  } catch (error) {
    return error;
  }
};

test.each(
  ANSWERING.filter(({ name }) => name !== 'getInfo').map(
    (command) => [command.name, command as Command<unknown, unknown>] as const,
  ),
)('%s is malformed with null or undefined in the place of any member', (_name, command) => {
  const codec = command.response as AnyCodec;
  expect(read(command, messageWith(codec, [], true))).not.toBeInstanceOf(Error);
  for (const [, odd] of ODD) {
    for (const { name, path } of places(codec)) {
      const error = read(command, messageWith(codec, path, odd));
      expect(error, name).toBeInstanceOf(SchemaError);
      expect((error as SchemaError).kind).toBe('type');
    }
  }
});

test('getInfo keeps an optional member that is null or undefined beside those that can be read', () => {
  const command = COMMANDS.getInfo as Command<unknown, Record<string, unknown>>;
  const codec = command.response as AnyCodec;
  const names = places(codec)
    .filter(({ path }) => path.length === 1)
    .map(({ name }) => name);
  for (const [value, odd] of ODD) {
    for (const { name, path, optional } of places(codec)) {
      const info = read(command, messageWith(codec, path, odd)) as Record<string, unknown>;
      const [member = ''] = name.split('.');
      if (member === 'versions' || (optional === false && path.length === 1)) {
        expect(info, name).toBeInstanceOf(SchemaError);
        continue;
      }
      expect(info[member], name).toBeUndefined();
      expect(Object.keys(info).sort()).toEqual([...names.filter((one) => one !== member), 'unknownMembers'].sort());
      if (path.length === 1) expect(info.unknownMembers).toEqual(new Map([[path[0], value]]));
    }
  }
});
