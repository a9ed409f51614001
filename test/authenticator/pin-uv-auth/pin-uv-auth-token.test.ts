import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { CommandContext } from '../../../src/authenticator/command-handler.ts';
import type { AuthenticatorTransport } from '../../../src/authenticator/environment.ts';
import { PinUvAuthToken } from '../../../src/authenticator/pin-uv-auth/pin-uv-auth-token.ts';
import { requireToken } from '../../../src/authenticator/pin-uv-auth/require-token.ts';
import { VolatileState } from '../../../src/authenticator/state/volatile-state.ts';
import { PIN_UV_AUTH_PROTOCOLS } from '../../../src/ctap2/pin-uv-auth-protocol.ts';
import { bench } from '../support/bench.ts';

const message = Uint8Array.of(1, 2, 3);
const bytes = () => new Uint8Array(32).fill(7);
const param = new Uint8Array(createHmac('sha256', bytes()).update(message).digest());

function token(transport: AuthenticatorTransport = 'usb', permissions = 0x13) {
  return new PinUvAuthToken({ protocol: PIN_UV_AUTH_PROTOCOLS[2], token: bytes(), permissions, transport, now: 0 });
}

describe('timers', () => {
  test.each([
    ['usb', 30_000],
    ['smart-card', 30_000],
    ['nfc', 19_800],
  ] as const)('first use over %s within %i ms', (transport, limit) => {
    expect(token(transport).verify(2, message, param, limit)).toBe(true);
    expect(token(transport).verify(2, message, param, limit + 1)).toBe(false);
  });

  test('ten minutes in all, and none for a clock that goes back', () => {
    const used = token();
    expect(used.verify(2, message, param, 1000)).toBe(true);
    expect(used.verify(2, message, param, 600_000)).toBe(true);
    expect(used.verify(2, message, param, 600_001)).toBe(false);
    expect(used.verify(2, message, param, -1)).toBe(false);
  });

  test('a wrong param is no use', () => {
    const unused = token();
    expect(unused.verify(2, message, param.slice(1), 29_000)).toBe(false);
    expect(unused.verify(2, message, param, 30_001)).toBe(false);
  });
});

test('belongs to its protocol', () => expect(token().verify(1, message, param.slice(0, 16), 0)).toBe(false));

test('is bound to the first RP', () => {
  const unbound = token();
  expect(unbound.bindRp('example.com')).toBe(true);
  expect(unbound.bindRp('example.org')).toBe(false);
  expect(unbound.rpId).toBe('example.com');
});

test('is spent by one credential, but for lbw', () => {
  const spent = token();
  expect(spent.has(0x03)).toBe(true);
  spent.spend();
  expect([spent.has(0x01), spent.has(0x02), spent.has(0x10), spent.userVerified]).toEqual([false, false, true, false]);
});

describe('requireToken', () => {
  function context() {
    const on = bench();
    const volatile = new VolatileState(on.key.environment);
    volatile.issueToken({
      protocol: PIN_UV_AUTH_PROTOCOLS[2],
      token: bytes(),
      permissions: 4,
      transport: 'usb',
      now: on.now,
    });
    return { ...on.key, volatile } as unknown as CommandContext;
  }
  const status = (
    request: Parameters<typeof requireToken>[0],
    permission = 4,
    setUp?: (context: CommandContext) => void,
  ) => {
    const given = context();
    setUp?.(given);
    try {
      requireToken(request, message, permission, given);
      return 0;
    } catch (error) {
      return (error as { status: number }).status;
    }
  };

  test('each way to fail', () => {
    const good = { pinUvAuthProtocol: 2, pinUvAuthParam: param };
    expect(status(good)).toBe(0);
    expect(status({})).toBe(0x36);
    expect(status({ pinUvAuthParam: param })).toBe(0x14);
    expect(status({ ...good, pinUvAuthProtocol: 3 })).toBe(0x02);
    expect(status({ ...good, pinUvAuthProtocol: 1 })).toBe(0x33);
    expect(status({ ...good, pinUvAuthParam: new Uint8Array(32) })).toBe(0x33);
    expect(status(good, 8)).toBe(0x33);
    expect(status(good, 4, ({ volatile }) => volatile.voidToken())).toBe(0x33);
  });

  test('any new token voids the older one, of the other protocol too', () => {
    const given = context();
    given.volatile.issueToken({
      protocol: PIN_UV_AUTH_PROTOCOLS[1],
      token: new Uint8Array(32),
      permissions: 4,
      transport: 'usb',
      now: 0,
    });
    expect(() => requireToken({ pinUvAuthProtocol: 2, pinUvAuthParam: param }, message, 4, given)).toThrow();
  });
});
