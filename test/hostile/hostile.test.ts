/**
 * Every command line against every hostile key: it ends in time, with an exit code of the contract, says nothing false,
 * nothing that a terminal would obey, and spends at most one try of the PIN, if it was given one.
 * HOSTILE=names npx vitest run test/hostile takes those whose ids match.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { isAbout } from '../../src/authenticator/hostile/hostile-authenticator.ts';
import { HOSTILE_MODELS, type Model, modelById } from '../../src/authenticator/models.ts';
import { divertStreams } from '../support/in-process-cli.ts';
import { COMMAND_LINES, type CommandLine, FILES } from './command-lines.ts';
import { falsehoods } from './falsehoods.ts';
import { HostileWorld, NOISY } from './hostile-world.ts';
import { runIn, worlds } from './run.ts';

vi.mock('../../src/index.ts', async (original) => ({
  ...(await original<typeof import('../../src/index.ts')>()),
  softwareKeys: { open: async () => worlds.getStore() },
}));

// A key may work for a minute and be touched for another: what never ends would take that long with every command line.
vi.mock('../../src/client/exchange-limit.ts', async (original) => {
  const { limitsOf, ...rest } = await original<typeof import('../../src/client/exchange-limit.ts')>();
  const shortened = (...asked: Parameters<typeof limitsOf>) => {
    const limits = limitsOf(...asked);
    return worlds.getStore()?.isSlow
      ? { workMs: limits.workMs / 40, personMs: limits.personMs / 40, silenceMs: limits.silenceMs / 40 }
      : limits;
  };
  return { ...rest, limitsOf: shortened };
});

vi.mock('node:tty', async (original) => ({ ...(await original<typeof import('node:tty')>()), isatty: () => false }));

/** How long a command may take before it is interrupted, on a machine that is busy. All of it is waiting. */
const LIMIT_MS = 30_000;
/** Bytes, with all of them running. */
const MOST_MEMORY = 1_000_000_000;
/** Most of the time is waiting for a key that does not answer. */
const AT_ONCE = 48;

const directory = mkdtempSync(path.join(tmpdir(), 'seckey-hostile-'));
for (const [name, text] of Object.entries(FILES)) writeFileSync(path.join(directory, name), text);
afterAll(() => rmSync(directory, { recursive: true, force: true }));
divertStreams();

let memory = 0;

/** @returns what is wrong */
async function attempt(model: Model, command: CommandLine, json: boolean): Promise<string[]> {
  const world = new HostileWorld(model, command);
  const before = structuredClone(world.state);
  const line = command.line(before);
  const words = line.split(' ').map((word) => (word in FILES ? path.join(directory, word) : word));
  const failureTexts: string[] = [];
  const argv = ['-k', 'virtual:h', ...(json ? ['--json'] : []), ...words];
  const ending = await runIn(world, argv, LIMIT_MS).catch((error: Error) => void failureTexts.push(error.message));
  const { heapUsed, external } = process.memoryUsage();
  memory = Math.max(memory, heapUsed + external);
  const done = command.unseen?.includes(model.id) ? undefined : command.done;
  if (ending) failureTexts.push(...falsehoods(ending, { json, line, done, before, world }));
  return failureTexts.map((failureText) => `${model.id}: ${line}${json ? ' --json' : ''}: ${failureText}`);
}

/** What each command line sends to a key that is honest. */
const honestRequests = new Map<CommandLine, readonly Uint8Array[]>();

/** Up to the first request that the hostile key lies about, it is the honest one: a line without such a request was run. */
function makesADifference({ hostile }: Model, command: CommandLine): boolean {
  if (!hostile?.answers || hostile.unplugs) return true;
  return (honestRequests.get(command) ?? []).some((request) => hostile.answers?.some((rule) => isAbout(rule, request)));
}

/** All of it at once, since most of the time is waiting; model after model, so that those that wait are among those that do not. */
class Attempts {
  /** What was wrong, by model. */
  readonly #failureTexts = new Map<string, Promise<string[]>[]>();
  readonly #waiting: (() => void)[] = [];

  start(models: readonly Model[]): void {
    for (const [c, command] of COMMAND_LINES.entries()) {
      for (const [m, model] of models.entries()) {
        if (!makesADifference(model, command)) continue;
        const turn = new Promise<void>((resolve) => this.#waiting.push(resolve));
        const done = turn
          .then(() => attempt(model, command, !command.textOnly && (m + c) % 2 === 0))
          .finally(() => this.#waiting.shift()?.());
        this.#failureTexts.set(model.id, [...(this.#failureTexts.get(model.id) ?? []), done]);
      }
    }
    for (const begin of this.#waiting.splice(0, AT_ONCE)) begin();
  }

  async of(model: Model): Promise<string[]> {
    const failureTexts = this.#failureTexts.get(model.id) ?? [];
    expect(failureTexts, `no command line meets ${model.id}`).not.toEqual([]);
    return (await Promise.all(failureTexts)).flat();
  }
}

test.each(['ctap-2.3', NOISY])('%s does all of it', async (id) => {
  const all = COMMAND_LINES.map(async (command) => {
    const world = new HostileWorld(modelById(id), command);
    const before = structuredClone(world.state);
    const line = command.line(before);
    const words = line.split(' ').map((word) => (word in FILES ? path.join(directory, word) : word));
    const { exit, stderr } = await runIn(world, ['-k', 'virtual:h', ...words], LIMIT_MS);
    const expected = line.includes('WRONG') ? 6 : 0;
    expect(exit, `${line}: ${stderr}`).toBe(expected);
    if (expected === 0) expect(command.done?.(world.state, before) ?? true, line).toBe(true);
    honestRequests.set(command, world.requests);
  });
  await Promise.all(all);
});

describe('hostile keys', () => {
  const attempts = new Attempts();
  const models = HOSTILE_MODELS.filter(({ id }) => new RegExp(process.env.HOSTILE ?? '').test(id));
  beforeAll(() => attempts.start(models));

  test.each(models.map((model) => [model.id, model] as const))('%s', { timeout: 600_000 }, async (_id, model) => {
    expect(await attempts.of(model)).toEqual([]);
  });

  test('memory stays bounded', () => expect(memory).toBeLessThan(MOST_MEMORY));
});
