import { describe, expect, test } from 'vitest';
import { buildAuthenticatorData, parseAuthenticatorData } from '../../../src/ctap2/authenticator-data.ts';
import {
  AUTHENTICATOR_CONFIG_SUBCOMMAND,
  authenticatorConfigAuthMessage,
  setMinPINLengthParams,
  vendorPrototypeParams,
} from '../../../src/ctap2/commands/authenticator-config.ts';
import {
  BIO_ENROLLMENT_SUBCOMMAND,
  bioEnrollmentAuthMessage,
  bioEnrollmentParams,
  enrollSampleStatusName,
} from '../../../src/ctap2/commands/bio-enrollment.ts';
import { CLIENT_PIN_SUBCOMMAND } from '../../../src/ctap2/commands/client-pin.ts';
import {
  CREDENTIAL_MANAGEMENT_SUBCOMMAND,
  credentialManagementAuthMessage,
  credentialManagementParams,
} from '../../../src/ctap2/commands/credential-management.ts';
import { getAssertionAuthMessage } from '../../../src/ctap2/commands/get-assertion.ts';
import { COMMANDS as TABLE } from '../../../src/ctap2/commands/index.ts';
import { largeBlobsAuthMessage } from '../../../src/ctap2/commands/large-blobs.ts';
import { makeCredentialAuthMessage } from '../../../src/ctap2/commands/make-credential.ts';
import { PIN_UV_AUTH_PROTOCOLS } from '../../../src/ctap2/pin-uv-auth-protocol.ts';
import {
  type Codec,
  type Command,
  decodeRequest,
  decodeResponse,
  encodeRequest,
  encodeResponse,
} from '../../../src/ctap2/schema.ts';
import { concat, toHex } from '../../../src/encoding/bytes.ts';
import { type Exchange, exchanges, type RecordedCommand, value } from '../../support/python-fido2.ts';

// biome-ignore lint/suspicious/noExplicitAny: the recording has requests of every command
type Any = any;

const COMMANDS = TABLE as Readonly<Record<RecordedCommand, Command<Any, Any>>>;

/** The codec of subCommandParams. */
function paramsCodec({ command, request }: Exchange): Codec<Any> {
  if (command.startsWith('bioEnrollment')) return bioEnrollmentParams;
  if (command.startsWith('credentialManagement')) return credentialManagementParams;
  const vendor = request.subCommand === AUTHENTICATOR_CONFIG_SUBCOMMAND.vendorPrototype;
  return vendor ? vendorPrototypeParams : setMinPINLengthParams;
}

/** The request as our types have it: subCommandParams still a map. */
function requestOf(exchange: Exchange): Any {
  const { subCommandParams, ...request } = exchange.request;
  if (subCommandParams === undefined) return request;
  return { ...request, subCommandParams: paramsCodec(exchange).encode(subCommandParams) };
}

const AUTH_MESSAGE: Readonly<Record<RecordedCommand, ((request: Any) => Uint8Array) | undefined>> = {
  makeCredential: makeCredentialAuthMessage,
  getAssertion: getAssertionAuthMessage,
  getNextAssertion: undefined,
  bioEnrollment: bioEnrollmentAuthMessage,
  bioEnrollmentPreview: bioEnrollmentAuthMessage,
  credentialManagement: credentialManagementAuthMessage,
  credentialManagementPreview: credentialManagementAuthMessage,
  largeBlobs: largeBlobsAuthMessage,
  authenticatorConfig: authenticatorConfigAuthMessage,
  clientPIN: ({ newPinEnc, pinHashEnc }) => concat(newPinEnc, pinHashEnc ?? new Uint8Array(0)),
};

describe('requests', () => {
  test.each(exchanges)('$name', (exchange) => {
    const command = COMMANDS[exchange.command];
    const hex = toHex(exchange.requestBytes);
    expect(toHex(encodeRequest(command, requestOf(exchange)))).toBe(hex);
    const read = decodeRequest(command, exchange.requestBytes.subarray(1));
    expect(read).toEqual(requestOf(exchange));
    expect(toHex(encodeRequest(command, read))).toBe(hex);
    if (read.subCommandParams) {
      expect(paramsCodec(exchange).decode(read.subCommandParams, '')).toEqual(exchange.request.subCommandParams);
    }
  });
});

describe('responses', () => {
  test.each(exchanges)('$name', (exchange) => {
    const command = COMMANDS[exchange.command];
    const read = decodeResponse(command, exchange.responseBytes.subarray(1));
    expect(read).toEqual(exchange.response);
    // An empty map is what some keys send; ours send the status alone.
    const recorded = toHex(exchange.responseBytes);
    const hex = recorded === '00a0' ? '00' : recorded;
    expect(toHex(encodeResponse(command, read))).toBe(hex);
    expect(toHex(encodeResponse(command, exchange.response))).toBe(hex);
  });
});

describe('pinUvAuthParam', () => {
  test.each(exchanges.filter(({ pinUvAuth }) => pinUvAuth))('$name', (exchange) => {
    const { version, key, message, param } = exchange.pinUvAuth!;
    const read = decodeRequest(COMMANDS[exchange.command], exchange.requestBytes.subarray(1));
    expect(toHex(AUTH_MESSAGE[exchange.command]!(read))).toBe(toHex(message));
    expect(toHex(PIN_UV_AUTH_PROTOCOLS[version].authenticate(key, message))).toBe(toHex(param));
    expect(toHex(read.pinUvAuthParam)).toBe(toHex(param));
  });
});

describe('sample status', () => {
  test.each(exchanges.filter(({ sampleStatus }) => sampleStatus))('$name', ({ response, sampleStatus }) => {
    const name = enrollSampleStatusName(response.lastEnrollSampleStatus as number);
    expect(name).toBe(sampleStatus?.replace('UP_TRANSITION', 'USER_PRESENCE_TRANSITION'));
  });
});

describe('authenticator data', () => {
  test.each(exchanges.filter(({ authData }) => authData))('$name', ({ authData, response }) => {
    const { rp_id_hash, flags, counter, credential_data, extensions } = authData;
    const bytes = response.authData as Uint8Array;
    const parsed = parseAuthenticatorData(bytes);
    expect(parsed).toEqual({
      rpIdHash: value(rp_id_hash),
      flags,
      signCount: counter,
      attestedCredentialData: credential_data
        ? {
            aaguid: value(credential_data.aaguid),
            credentialId: value(credential_data.credential_id),
            credentialPublicKey: value(credential_data.public_key, true),
          }
        : undefined,
      extensions: extensions ? value(extensions, true) : undefined,
    });
    expect(toHex(buildAuthenticatorData(parsed))).toBe(toHex(bytes));
  });
});

describe('the recording has every subcommand of', () => {
  const { updateUserInformation: _, ...previewCredentialManagement } = CREDENTIAL_MANAGEMENT_SUBCOMMAND;
  test.each<[RecordedCommand, Record<string, number>]>([
    ['clientPIN', CLIENT_PIN_SUBCOMMAND],
    ['bioEnrollment', BIO_ENROLLMENT_SUBCOMMAND],
    ['bioEnrollmentPreview', BIO_ENROLLMENT_SUBCOMMAND],
    ['credentialManagement', CREDENTIAL_MANAGEMENT_SUBCOMMAND],
    ['credentialManagementPreview', previewCredentialManagement],
    ['authenticatorConfig', AUTHENTICATOR_CONFIG_SUBCOMMAND],
  ])('%s', (command, subcommands) => {
    const recorded = exchanges.filter((exchange) => exchange.command === command);
    const seen = new Set(recorded.map(({ request }) => request.subCommand).filter((sub) => sub !== undefined));
    expect([...seen].sort()).toEqual(Object.values(subcommands).sort());
  });
});
