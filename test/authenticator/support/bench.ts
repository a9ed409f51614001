/** A software key on the workbench: a clock that stands still, chance that can be scripted, and a finger on demand. */
import { createHash } from 'node:crypto';
import { Authenticator } from '../../../src/authenticator/authenticator.ts';
import type {
  EnrollSampleAnswer,
  EnrollSampleRequest,
  Environment,
  UserPresenceAnswer,
  UserPresenceRequest,
  UserVerificationAnswer,
  UserVerificationRequest,
} from '../../../src/authenticator/environment.ts';
import { type Model, modelById } from '../../../src/authenticator/models.ts';
import type { AuthenticatorStateJson } from '../../../src/authenticator/state/stored-state.ts';
import { createState, stateFromJson } from '../../../src/authenticator/state.ts';

export interface Bench {
  readonly key: Authenticator;
  readonly model: Model;
  /** Milliseconds; assign to let time pass. */
  now: number;
  /** Answers to the next touches, then `touched`. */
  readonly touches: (UserPresenceAnswer | ((request: UserPresenceRequest) => Promise<UserPresenceAnswer>))[];
  readonly touchRequests: UserPresenceRequest[];
  /** Answers to the next built-in user verifications, then `timeout`. */
  readonly fingers: (
    | UserVerificationAnswer
    | ((request: UserVerificationRequest) => Promise<UserVerificationAnswer>)
  )[];
  /** The next samples of an enrolment, then `timeout`. */
  readonly samples: (EnrollSampleAnswer | ((request: EnrollSampleRequest) => Promise<EnrollSampleAnswer>))[];
  readonly sampleRequests: EnrollSampleRequest[];
  /** Handed out before the pseudo-random rest. */
  readonly random: Uint8Array[];
  readonly saved: AuthenticatorStateJson[];
  readonly bugs: unknown[];
  /** Throws from `save` while set. */
  diskFull: boolean;
  winks: number;
  /** The same key in another process: what was saved last, memory lost. */
  restart(): Bench;
}

export function bench(model: Model | string = 'ctap-2.3', stored?: AuthenticatorStateJson, now = 1_000_000): Bench {
  const kind = typeof model === 'string' ? modelById(model) : model;
  let draws = 0;
  const environment: Environment = {
    now: () => self.now,
    randomBytes: (length) => self.random.shift() ?? pseudoRandom(++draws, length),
    userPresence: async (request) => {
      self.touchRequests.push(request);
      const answer = self.touches.shift() ?? 'touched';
      return typeof answer === 'string' ? answer : answer(request);
    },
    userVerification: async (request) => {
      const answer = self.fingers.shift() ?? 'timeout';
      return typeof answer === 'function' ? answer(request) : answer;
    },
    enrollSample: async (request) => {
      self.sampleRequests.push(request);
      const answer = self.samples.shift() ?? 'timeout';
      return typeof answer === 'function' ? answer(request) : answer;
    },
    save: (json) => {
      if (self.diskFull) throw new Error('disk full');
      self.saved.push(json);
    },
    wink: () => {
      self.winks++;
    },
    onBug: (error) => self.bugs.push(error),
  };
  const self: Bench = {
    key: undefined as unknown as Authenticator,
    model: kind,
    now,
    touches: [],
    touchRequests: [],
    fingers: [],
    samples: [],
    sampleRequests: [],
    random: [],
    saved: [],
    bugs: [],
    diskFull: false,
    winks: 0,
    restart: () => bench(kind, JSON.parse(JSON.stringify(self.saved.at(-1))), self.now),
  };
  const state = stored ? stateFromJson(stored, kind) : createState(kind, environment, 12_345_678);
  Object.assign(self, { key: new Authenticator(kind, state, environment) });
  return self;
}

function pseudoRandom(draw: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i += 32) {
    const block = createHash('sha256').update(`${draw}:${i}`).digest();
    bytes.set(block.subarray(0, Math.min(32, length - i)), i);
  }
  return bytes;
}

/** A touch that comes when the test says so, or is cancelled. */
export function laterTouch(): { answer: (request: UserPresenceRequest) => Promise<UserPresenceAnswer>; touch(): void } {
  let touch = () => {};
  return {
    answer: ({ signal }) =>
      new Promise((resolve) => {
        touch = () => resolve('touched');
        signal.addEventListener('abort', () => resolve('cancelled'));
      }),
    touch: () => touch(),
  };
}
