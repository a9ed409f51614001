/** Asks a key for a touch that means nothing but "this one", whatever generation it is of. */
import { makeCredential } from '../../ctap2/commands/make-credential.ts';
import { selection } from '../../ctap2/commands/selection.ts';
import { CTAP_STATUS } from '../../ctap2/status.ts';
import { COSE_ALG } from '../../encoding/cose.ts';
import { CtapStatusError, FidoError } from '../../errors.ts';
import { KEEPALIVE } from '../../transport/device.ts';
import type { CallOptions, Session } from '../session.ts';

/**
 * `not-in-time`: nobody came as long as the key waits. `cancelled`: by the signal. `no-question`: the key has no command for it,
 * or answered without waiting for anybody, so that its answer says nothing of a touch.
 */
export type TouchAnswer = 'touched' | 'not-in-time' | 'cancelled' | 'no-question';

/** Some keys of CTAP 2.0 report no wait (MIRKey). Whoever answers sooner than anybody can have touched it has not waited. */
const NOBODY_IS_QUICKER_MS = 500;

export class TouchRequest {
  readonly #session: Session;
  /** authenticatorSelection (CTAP 2.1), until the key has refused it. */
  #knowsSelection = true;

  constructor(session: Session) {
    this.#session = session;
  }

  /**
   * Waits until the key is touched, or gives up. Nothing is stored on it, and no try of a PIN is spent.
   * @param asked called once the key waits for the touch
   * @throws {FidoError} the transport's
   */
  async ask(signal: AbortSignal, asked: () => void = () => {}): Promise<TouchAnswer> {
    if (!this.#knowsSelection) return this.#askByDummy(signal, asked);
    const call = (options: CallOptions) => this.#session.call(selection, {}, options);
    const { status, reported } = await this.#call(call, signal, asked);
    // Keys that are new enough for this command are new enough to report that they wait.
    if (status === CTAP_STATUS.CTAP2_OK) return reported ? 'touched' : 'no-question';
    if (status === 'cancelled' || NOT_IN_TIME.has(status)) return answerOf(status);
    this.#knowsSelection = false;
    return this.#askByDummy(signal, asked);
  }

  /**
   * makeCredential with an empty pinUvAuthParam: a key waits for the touch, and then refuses (CTAP 2.0 §5.1, CTAP 2.3 §6.1.2
   * step 1). One that makes the credential all the same does not store it.
   */
  async #askByDummy(signal: AbortSignal, asked: () => void): Promise<TouchAnswer> {
    const { pinUvAuthProtocols } = await this.#session.info();
    const request = {
      clientDataHash: new Uint8Array(32),
      rp: { id: '.touch', name: '.touch' },
      user: { id: Uint8Array.of(1), name: '.touch', displayName: '.touch' },
      pubKeyCredParams: [{ type: 'public-key', alg: COSE_ALG.ES256 }],
      pinUvAuthParam: new Uint8Array(0),
      // Some keys refuse the empty parameter without it.
      pinUvAuthProtocol: pinUvAuthProtocols?.[0] ?? 1,
    };
    const call = (options: CallOptions) => this.#session.call(makeCredential, request, options);
    const { status, reported, tookMs } = await this.#call(call, signal, asked);
    if (status === 'cancelled' || NOT_IN_TIME.has(status)) return answerOf(status);
    const waited = reported || tookMs >= NOBODY_IS_QUICKER_MS;
    return waited && TOUCHED.has(status) ? 'touched' : 'no-question';
  }

  async #call(
    call: (options: CallOptions) => Promise<unknown>,
    signal: AbortSignal,
    asked: () => void,
  ): Promise<{ status: number | 'cancelled'; reported: boolean; tookMs: number }> {
    const started = performance.now();
    let reported = false;
    const onKeepalive = (status: number) => {
      if (status !== KEEPALIVE.upneeded || reported) return;
      reported = true;
      asked();
    };
    const status = await call({ signal, touch: { reason: 'identify', hold: false }, onKeepalive }).then(
      () => CTAP_STATUS.CTAP2_OK,
      (error: unknown) => {
        if (error instanceof FidoError && error.code === 'interrupted') return 'cancelled' as const;
        if (error instanceof CtapStatusError) return error.status;
        // The session has told the key to stop, after as long as a person may take.
        if (error instanceof FidoError && error.code === 'touch-timeout')
          return CTAP_STATUS.CTAP2_ERR_USER_ACTION_TIMEOUT;
        throw error;
      },
    );
    return { status, reported, tookMs: performance.now() - started };
  }
}

/** Keys of TrustKey, eWBM and OctatcO refuse where nobody came. */
const NOT_IN_TIME: ReadonlySet<number> = new Set([
  CTAP_STATUS.CTAP2_ERR_USER_ACTION_TIMEOUT,
  CTAP_STATUS.CTAP2_ERR_ACTION_TIMEOUT,
  CTAP_STATUS.CTAP2_ERR_OPERATION_DENIED,
  CTAP_STATUS.CTAP2_ERR_KEEPALIVE_CANCEL,
]);

/** What comes after the touch: that no PIN is set, that one is, and what real keys say instead. */
const TOUCHED: ReadonlySet<number> = new Set([
  CTAP_STATUS.CTAP2_OK,
  CTAP_STATUS.CTAP2_ERR_PIN_NOT_SET,
  CTAP_STATUS.CTAP2_ERR_PIN_INVALID,
  CTAP_STATUS.CTAP2_ERR_PIN_AUTH_INVALID,
]);

function answerOf(status: number | 'cancelled'): TouchAnswer {
  return status === 'cancelled' ? 'cancelled' : 'not-in-time';
}
