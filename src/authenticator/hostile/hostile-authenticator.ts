import { COMMANDS, type CommandName } from '../../ctap2/commands/index.ts';
import { type CborMap, decodeCborTolerant } from '../../encoding/cbor.ts';
import { Authenticator, type ProcessOptions } from '../authenticator.ts';
import { type AnswerRule, LARGE_BLOBS } from './hostility.ts';

/** Key of the member subCommand in the request of each command that has subcommands. */
const SUB_COMMAND_KEY: Partial<Record<CommandName, number>> = {
  clientPIN: 0x02,
  bioEnrollment: 0x02,
  credentialManagement: 0x01,
  authenticatorConfig: 0x01,
};

const OK = 0x00;
const NOTHING = new Uint8Array(0);

/** An honest authenticator whose answers are replaced according to the rules of its model. */
export class HostileAuthenticator extends Authenticator {
  /** Takes the key out of its port or reader. */
  unplug: () => void = () => {};
  readonly #asked = new Map<AnswerRule, number>();
  readonly #first = new Map<AnswerRule, Uint8Array>();
  #exchanges = 0;

  override async process(request: Uint8Array, options: ProcessOptions): Promise<Uint8Array> {
    const { answers = [], unplugs } = this.model.hostile ?? {};
    if (++this.#exchanges === unplugs?.exchange) {
      if (unplugs.when === 'after the command') await super.process(request, options);
      this.unplug();
      return NOTHING;
    }
    const rule = answers.find((each) => isAbout(each, request));
    if (!rule) return super.process(request, options);
    const nth = (this.#asked.get(rule) ?? 0) + 1;
    this.#asked.set(rule, nth);
    const honest = rule.ignored ? Uint8Array.of(OK) : await this.#honest(rule, request, options);
    return rule.answer?.(honest, nth) ?? honest;
  }

  async #honest(rule: AnswerRule, request: Uint8Array, options: ProcessOptions): Promise<Uint8Array> {
    const answer = this.#first.get(rule) ?? (await super.process(request, options));
    if (rule.repeats && answer[0] === OK) this.#first.set(rule, answer);
    // A copy, because a reader may wipe what it gets.
    return answer.slice();
  }
}

/** Whether the rule applies to this request. */
export function isAbout({ command, subCommand }: AnswerRule, request: Uint8Array): boolean {
  if (command === undefined) return true;
  if (request[0] !== COMMANDS[command].code) return false;
  return subCommand === undefined || [subCommand].flat().includes(subCommandOf(command, request) ?? Number.NaN);
}

function subCommandOf(command: CommandName, request: Uint8Array): number | undefined {
  const members = membersOf(request);
  if (command === 'largeBlobs') return members?.has(LARGE_BLOBS.write) ? LARGE_BLOBS.write : LARGE_BLOBS.read;
  const value = members?.get(SUB_COMMAND_KEY[command]);
  return typeof value === 'number' ? value : undefined;
}

function membersOf(request: Uint8Array): CborMap | undefined {
  try {
    const members = decodeCborTolerant(request.subarray(1));
    return members instanceof Map ? members : undefined;
  } catch {
    return undefined;
  }
}
