/** What a key must have before a PIN is asked for: a key that would refuse it anyway must not cost a try. */
import type { AuthenticatorInfo } from '../../ctap2/commands/get-info.ts';
import { FidoError } from '../../errors.ts';

/** Whether the key can have a PIN, set or not: the option clientPin (CTAP 2.3 §6.4). */
export function supportsPin({ options = {} }: AuthenticatorInfo): boolean {
  return options.clientPin !== undefined;
}

export function requirePinSupport(info: AuthenticatorInfo): void {
  if (!supportsPin(info)) {
    throw new FidoError('unsupported', 'this key cannot have a PIN: it lacks the option clientPin', {
      hint: 'Use a key that takes a PIN. What this one can do: seckey info',
    });
  }
}

/**
 * Before a PIN is asked for in order to get a token: a key whose PIN must be changed first would only take a try for it.
 * @throws {FidoError} `unsupported`, `pin-not-set`, `pin-change-required`
 */
export function requireUsablePin(info: AuthenticatorInfo): void {
  requirePin(info);
  if (info.forcePINChange) throw pinChangeRequired();
}

export function pinChangeRequired(cause?: unknown): FidoError {
  return new FidoError('pin-change-required', 'this key wants its PIN changed before anything else', {
    hint: 'Change it first: seckey pin change',
    cause,
  });
}

export function requirePin(info: AuthenticatorInfo): void {
  requirePinSupport(info);
  if (!info.options?.clientPin) {
    throw new FidoError('pin-not-set', 'this key has no PIN yet', { hint: 'Set one first: seckey pin set' });
  }
}
