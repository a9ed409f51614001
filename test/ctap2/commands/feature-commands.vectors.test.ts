import { describe, expect, test } from 'vitest';
import {
  AUTHENTICATOR_CONFIG_SUBCOMMAND,
  authenticatorConfigAuthMessage,
  setMinPINLengthParams,
} from '../../../src/ctap2/commands/authenticator-config.ts';
import {
  BIO_ENROLLMENT_SUBCOMMAND,
  bioEnrollmentAuthMessage,
  bioEnrollmentParams,
  enrollSampleStatusName,
} from '../../../src/ctap2/commands/bio-enrollment.ts';
import {
  CREDENTIAL_MANAGEMENT_SUBCOMMAND,
  credentialManagementAuthMessage,
  credentialManagementParams,
} from '../../../src/ctap2/commands/credential-management.ts';
import { COMMANDS } from '../../../src/ctap2/commands/index.ts';
import { largeBlobs, largeBlobsAuthMessage, maxFragmentLength } from '../../../src/ctap2/commands/large-blobs.ts';
import { makeCredentialAuthMessage } from '../../../src/ctap2/commands/make-credential.ts';
import { decryptInfoMember, encryptInfoMember } from '../../../src/ctap2/encrypted-info-members.ts';
import { decodeRequest, decodeResponse, encodeRequest } from '../../../src/ctap2/schema.ts';
import { fromHex, toHex } from '../../../src/encoding/bytes.ts';
import { vectors } from '../../support/vectors.ts';

const { keys, largeBlobs: blobs, getInfoEncryptedMembers: encrypted } = vectors;
const credentialID = { id: fromHex(keys.credentialId), type: 'public-key' };
const user = { id: fromHex(keys.userId), name: 'alice', displayName: 'Alice' };
const fragment = fromHex(blobs.emptyArraySerialized);

/** The same messages built by us, by their names in the vector file. */
const messages: Readonly<Record<string, Uint8Array>> = {
  'makeCredential / getAssertion': makeCredentialAuthMessage({ clientDataHash: fromHex(keys.clientDataHash) }),
  'credMgmt getCredsMetadata': credentialManagementAuthMessage({
    subCommand: CREDENTIAL_MANAGEMENT_SUBCOMMAND.getCredsMetadata,
  }),
  'credMgmt enumerateRPsBegin': credentialManagementAuthMessage({
    subCommand: CREDENTIAL_MANAGEMENT_SUBCOMMAND.enumerateRPsBegin,
  }),
  'credMgmt enumerateCredentialsBegin': credentialManagementAuthMessage({
    subCommand: CREDENTIAL_MANAGEMENT_SUBCOMMAND.enumerateCredentialsBegin,
    subCommandParams: credentialManagementParams.encode({ rpIDHash: fromHex(keys.rpIdHash) }),
  }),
  'credMgmt deleteCredential': credentialManagementAuthMessage({
    subCommand: CREDENTIAL_MANAGEMENT_SUBCOMMAND.deleteCredential,
    subCommandParams: credentialManagementParams.encode({ credentialID }),
  }),
  'credMgmt updateUserInformation': credentialManagementAuthMessage({
    subCommand: CREDENTIAL_MANAGEMENT_SUBCOMMAND.updateUserInformation,
    subCommandParams: credentialManagementParams.encode({ user, credentialID }),
  }),
  'bio enumerateEnrollments': bioEnrollmentAuthMessage({ subCommand: BIO_ENROLLMENT_SUBCOMMAND.enumerateEnrollments }),
  'bio enrollBegin with a 10 s timeout': bioEnrollmentAuthMessage({
    subCommand: BIO_ENROLLMENT_SUBCOMMAND.enrollBegin,
    subCommandParams: bioEnrollmentParams.encode({ timeoutMilliseconds: 10_000 }),
  }),
  'bio setFriendlyName': bioEnrollmentAuthMessage({
    subCommand: BIO_ENROLLMENT_SUBCOMMAND.setFriendlyName,
    subCommandParams: bioEnrollmentParams.encode({
      templateId: fromHex('606c92ad'),
      templateFriendlyName: 'Right index',
    }),
  }),
  'config toggleAlwaysUv': authenticatorConfigAuthMessage({
    subCommand: AUTHENTICATOR_CONFIG_SUBCOMMAND.toggleAlwaysUv,
  }),
  'config setMinPINLength': authenticatorConfigAuthMessage({
    subCommand: AUTHENTICATOR_CONFIG_SUBCOMMAND.setMinPINLength,
    subCommandParams: setMinPINLengthParams.encode({
      newMinPINLength: 6,
      minPinLengthRPIDs: ['example.com'],
      forceChangePin: true,
    }),
  }),
  'largeBlobs set, offset 0': largeBlobsAuthMessage({ offset: 0, set: fragment }),
  'largeBlobs set, offset 960': largeBlobsAuthMessage({ offset: 960, set: fragment }),
};

describe('what pinUvAuthParam covers', () => {
  // biome-ignore lint/suspicious/noExplicitAny: data
  const expected = vectors.pinProtocolTwo.authenticateWithToken.map(({ name, message }: any) => [name, message]);
  test.each<[string, string]>(expected)('%s', (name, message) => {
    expect(toHex(messages[name]!)).toBe(message);
  });

  test('all of the vector file', () => {
    expect(Object.keys(messages).sort()).toEqual(expected.map(([name]: [string]) => name).sort());
  });

  test('offsets beyond 32 bits are refused', () => {
    expect(() => largeBlobsAuthMessage({ offset: 2 ** 32, set: fragment })).toThrow(RangeError);
    expect(() => largeBlobsAuthMessage({ offset: -1, set: fragment })).toThrow(RangeError);
  });
});

describe('largeBlobs requests', () => {
  const set = fromHex(blobs.serializedArray);
  test.each([
    ['getWhole', { get: maxFragmentLength(1024), offset: 0 }],
    ['setSingleFragmentNoAuth', { set, offset: 0, length: set.length }],
  ])('%s', (name, request) => {
    expect(toHex(encodeRequest(largeBlobs, request))).toBe(blobs.requests[name]);
    expect(decodeRequest(largeBlobs, fromHex(blobs.requests[name]).subarray(1))).toEqual(request);
  });
});

describe('encrypted members of getInfo', () => {
  const token = fromHex(encrypted.persistentPinUvAuthToken);
  for (const { info, value, plaintext } of encrypted.members) {
    test(info, () => {
      expect(toHex(decryptInfoMember(info, token, fromHex(value)))).toBe(plaintext);
      const again = encryptInfoMember(info, token, fromHex(plaintext));
      expect(toHex(again)).not.toBe(value);
      expect(toHex(decryptInfoMember(info, token, again))).toBe(plaintext);
      expect(
        toHex(
          decryptInfoMember(
            info,
            token.map((byte) => byte ^ 1),
            again,
          ),
        ),
      ).not.toBe(plaintext);
      expect(() => decryptInfoMember(info, token, fromHex(value).subarray(1))).toThrow(RangeError);
      expect(() => encryptInfoMember(info, token, new Uint8Array(15))).toThrow(RangeError);
    });
  }
});

test('the table has each command under its name and number', () => {
  const codes = Object.entries(COMMANDS).map(([name, command]) => {
    expect(command.name).toBe(name);
    return command.code;
  });
  expect(codes.sort((a, b) => a - b)).toEqual([
    0x01, 0x02, 0x04, 0x06, 0x07, 0x08, 0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x40, 0x41,
  ]);
});

test('a status that no specification knows has no name', () => {
  expect(enrollSampleStatusName(0x0f)).toBeUndefined();
});

test('a credential without user ID is named as the fault, not passed on', () => {
  expect(() => decodeResponse(COMMANDS.credentialManagement, fromHex('a106a1646e616d656161'))).toThrow(
    'credentialManagement.user.id is missing',
  );
});
