import { COMMANDS } from '../ctap2/commands/index.ts';
import { concat, equalBytes, utf8 } from '../encoding/bytes.ts';
import { CLA, type CommandApdu, FIDO_AID, INS, P1, parseApdu, SW } from '../transport/nfc/apdu.ts';
import { answerToReset } from './answer-to-reset.ts';
import type { Authenticator } from './authenticator.ts';
import type { AuthenticatorTransport } from './environment.ts';
import type { CardInterface } from './models/model.ts';
import { KEEPALIVE_STATUS } from './user-presence.ts';
import { YUBICO_INS_READ_CONFIG, YUBICO_MANAGEMENT_AID, yubicoConfig } from './yubico-config.ts';

export interface NfcEndpointOptions {
  /** Contactless or contact card; as the model says if absent. */
  transport?: Exclude<AuthenticatorTransport, 'usb'>;
  /**
   * For clients that can poll: how long a command or a poll waits for the answer before status word 9100 (keepalive),
   * in ms.
   */
  pollMs?: number;
}

const SELECT_BY_NAME = 0x04;
const SHORT_LE = 0x100;
const NO_DATA: Uint8Array = new Uint8Array(0);
/** No precise diagnosis: the card has no power. */
const SW_NO_POWER = 0x6f00;
const SW_CHAINING_NOT_SUPPORTED = 0x6884;
/** Execution error, with a second byte that each maker defines (ISO 7816-4 §5.6). */
const SW_ERROR_IN_SW2 = 0x6400;

type Applet = 'fido' | 'management';

/** The CTAP command that is being carried out; the client may poll for its answer. */
interface Running {
  controller: AbortController;
  commandCode: number | undefined;
  answer: Promise<Uint8Array>;
  status: number;
}

/** The card's side of CTAP over ISO 7816-4 (CTAP 2.3 §11.3), contactless or with contacts: APDUs in, APDUs out. */
export class NfcEndpoint {
  /** Answer to reset, as PC/SC reports it for a card of this model. */
  readonly atr: Uint8Array;
  readonly #authenticator: Authenticator;
  readonly #card: CardInterface;
  readonly #pollMs: number;
  #powered = false;
  #applet: Applet | undefined;
  /** Data of chained NFCCTAP_MSG commands so far; undefined outside a chain. */
  #chain: Uint8Array | undefined;
  /** The part of the answer that GET RESPONSE has not fetched yet. */
  #rest = NO_DATA;
  #running: Running | undefined;
  /** A reset was carried out, and the model must be selected again after one. */
  #wantsSelect = false;
  #tail: Promise<unknown> = Promise.resolve();

  /** @throws {RangeError} if the model has no card interface. */
  constructor(authenticator: Authenticator, options: NfcEndpointOptions = {}) {
    const { nfc } = authenticator.model;
    if (!nfc) throw new RangeError(`${authenticator.model.id} has no NFC or contact interface`);
    this.#card = { ...nfc, transport: options.transport ?? nfc.transport };
    this.atr = answerToReset(this.#card);
    this.#authenticator = authenticator;
    this.#pollMs = options.pollMs ?? 100;
  }

  /** The card comes into the field, is put into the reader, or is reset by it. */
  async powerOn(): Promise<void> {
    this.powerOff();
    this.#powered = true;
    await this.#authenticator.powerCycle();
  }

  /** The card was powered already, e.g. by another process: no new power cycle begins. */
  resume(): void {
    this.powerOff();
    this.#powered = true;
  }

  /** Aborts the command that runs; the next {@link powerOn} forgets the tokens. */
  powerOff(): void {
    this.#powered = false;
    this.#applet = undefined;
    this.#wantsSelect = false;
    this.#chain = undefined;
    this.#rest = NO_DATA;
    this.#running?.controller.abort();
    this.#running = undefined;
  }

  /** Answers one command APDU with data ‖ SW1 SW2, once those before it are answered. Never rejects. */
  transmit(apdu: Uint8Array): Promise<Uint8Array> {
    const answer = this.#tail.then(() => this.#transmit(apdu));
    this.#tail = answer;
    return answer;
  }

  async #transmit(bytes: Uint8Array): Promise<Uint8Array> {
    if (!this.#powered) return response(SW_NO_POWER);
    const apdu = parseApdu(bytes);
    if (!apdu || (apdu.extended && this.#card.shortApdusOnly)) return response(SW.wrongLength);
    const base = apdu.cla & ~CLA.CHAINING;
    if (base !== CLA.ISO && base !== CLA.CTAP) return response(SW.claNotSupported);
    if (apdu.ins === INS.GET_RESPONSE) return this.#nextPart(apdu.le);
    this.#rest = NO_DATA;
    const isMessage = this.#applet === 'fido' && base === CLA.CTAP && apdu.ins === INS.NFCCTAP_MSG;
    // What a client sent of a chain that it gave up must not become part of the next command.
    if (!isMessage) this.#chain = undefined;
    if (!isMessage && apdu.cla & CLA.CHAINING) return response(SW_CHAINING_NOT_SUPPORTED);
    const whole = this.#collect(apdu);
    return whole ? this.#perform(whole, base) : response(SW.ok);
  }

  /** @param cla without the bit of chaining */
  #perform(apdu: CommandApdu, cla: number): Uint8Array | Promise<Uint8Array> {
    if (cla === CLA.ISO && apdu.ins === INS.SELECT) return this.#select(apdu);
    if (this.#wantsSelect) return response(SW.insNotSupported);
    if (this.#applet === 'fido') return this.#fido(apdu, cla);
    if (this.#applet === 'management') return this.#management(apdu, cla);
    return response(cla === CLA.CTAP ? SW.conditionsNotSatisfied : SW.insNotSupported);
  }

  /** The command with the data of its whole chain; undefined while more is to come. */
  #collect(apdu: CommandApdu): CommandApdu | undefined {
    // One byte beyond the limit is kept, so that the authenticator itself finds the request too large.
    const limit = this.#authenticator.model.info.maxMsgSize + 1;
    const data = concat(this.#chain ?? NO_DATA, apdu.data);
    this.#chain = apdu.cla & CLA.CHAINING ? data.slice(0, limit) : undefined;
    return this.#chain ? undefined : { ...apdu, data };
  }

  #select({ p1, data, ...apdu }: CommandApdu): Uint8Array {
    if (p1 !== SELECT_BY_NAME) return response(SW.wrongP1P2);
    const applet = this.#appletOf(data);
    if (!applet) return response(SW.fileNotFound);
    this.#abandon();
    this.#applet = applet;
    this.#wantsSelect = false;
    return this.#first(this.#selectAnswer(applet), apdu);
  }

  #appletOf(aid: Uint8Array): Applet | undefined {
    if (equalBytes(aid, FIDO_AID)) return 'fido';
    return this.#authenticator.model.yubico && equalBytes(aid, YUBICO_MANAGEMENT_AID) ? 'management' : undefined;
  }

  #selectAnswer(applet: Applet): Uint8Array {
    if (applet === 'fido') return utf8(this.#authenticator.speaksU2f ? 'U2F_V2' : 'FIDO_2_0');
    return utf8(`Virtual mgr - FW version ${this.#authenticator.model.yubico?.firmware.join('.')}`);
  }

  #management({ ins, p1, ...apdu }: CommandApdu, cla: number): Uint8Array {
    const { model, state } = this.#authenticator;
    const config = cla === CLA.ISO && ins === YUBICO_INS_READ_CONFIG ? yubicoConfig(model, state, p1) : undefined;
    return config ? this.#first(config, apdu) : response(SW.insNotSupported);
  }

  async #fido(apdu: CommandApdu, cla: number): Promise<Uint8Array> {
    if (cla === CLA.ISO) return this.#u2f(apdu);
    switch (apdu.ins) {
      case INS.NFCCTAP_MSG:
        return this.#message(apdu);
      case INS.NFCCTAP_GETRESPONSE:
        return this.#poll(apdu);
      case INS.NFCCTAP_CONTROL:
        if (apdu.p1 !== P1.endCtap) return response(SW.wrongP1P2);
        this.#abandon();
        this.#applet = undefined;
        return response(SW.ok);
      default:
        return response(SW.insNotSupported);
    }
  }

  /** CTAP1 has no polling: a card asks for a touch by status word 6985 (conditions not satisfied). */
  async #u2f(apdu: CommandApdu): Promise<Uint8Array> {
    if (!this.#authenticator.model.info.versions.includes('U2F_V2')) return response(SW.insNotSupported);
    this.#abandon();
    const { data, sw } = await this.#authenticator.processU2f(apdu, { transport: this.#card.transport });
    return sw === SW.ok && data.length > 0 ? this.#first(data, apdu) : response(sw, data);
  }

  #message(apdu: CommandApdu): Promise<Uint8Array> | Uint8Array {
    if ((apdu.p1 !== 0 && apdu.p1 !== P1.canPoll) || apdu.p2 !== 0) return response(SW.wrongP1P2);
    this.#abandon();
    const controller = new AbortController();
    const running: Running = {
      controller,
      commandCode: apdu.data[0],
      answer: Promise.resolve(NO_DATA),
      status: KEEPALIVE_STATUS.processing,
    };
    running.answer = this.#authenticator.process(apdu.data, {
      transport: this.#card.transport,
      signal: controller.signal,
      onKeepalive: (status) => {
        running.status = status;
      },
    });
    this.#running = running;
    return this.#wait(running, apdu, apdu.p1 === P1.canPoll ? this.#pollMs : undefined);
  }

  #poll(apdu: CommandApdu): Promise<Uint8Array> | Uint8Array {
    const running = this.#running;
    if (!running) return response(SW.conditionsNotSatisfied);
    if (apdu.p1 !== P1.cancel) return this.#wait(running, apdu, this.#pollMs);
    running.controller.abort();
    return this.#wait(running, apdu, undefined);
  }

  /** The command's answer, or status word 9100 with the keepalive status after `pollMs`. */
  async #wait(running: Running, apdu: CommandApdu, pollMs: number | undefined): Promise<Uint8Array> {
    const answer = await (pollMs === undefined ? running.answer : within(pollMs, running.answer));
    if (!answer) return response(SW.keepalive, Uint8Array.of(running.status));
    if (this.#running === running) this.#running = undefined;
    const { quirks } = this.#authenticator.model;
    if (answer[0] !== 0 && quirks.errorsInStatusWord) return response(SW_ERROR_IN_SW2 | (answer[0] ?? 0));
    if (answer[0] === 0 && running.commandCode === COMMANDS.reset.code)
      this.#wantsSelect = quirks.selectAfterReset === true;
    return this.#first(answer, apdu);
  }

  /** Aborts the command that runs: its client has started something else. */
  #abandon(): void {
    this.#running?.controller.abort();
    this.#running = undefined;
  }

  #first(answer: Uint8Array, { le, extended }: Pick<CommandApdu, 'le' | 'extended'>): Uint8Array {
    this.#rest = answer;
    // An extended command is always answered in one piece; its Le cannot exceed what the answer has.
    return this.#nextPart(extended ? Math.max(le ?? 0, answer.length) : le);
  }

  #nextPart(le = SHORT_LE): Uint8Array {
    if (this.#rest.length === 0) return response(SW.conditionsNotSatisfied);
    const part = this.#rest.subarray(0, le);
    this.#rest = this.#rest.subarray(part.length);
    const left = this.#rest.length;
    return response(left === 0 ? SW.ok : 0x6100 | (left > 0xff ? 0 : left), part);
  }
}

/** The value, or undefined if it takes longer than `ms` milliseconds. */
async function within<T>(ms: number, value: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), ms);
  });
  try {
    return await Promise.race([value, late]);
  } finally {
    clearTimeout(timer);
  }
}

function response(sw: number, data: Uint8Array = NO_DATA): Uint8Array {
  return concat(data, Uint8Array.of(sw >> 8, sw & 0xff));
}
