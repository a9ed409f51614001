/** Runs the commands that see a PIN, or what belongs to a user, and looks for both in everything that is written. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Scratch } from '../support/built-cli.ts';

const PIN = '24681357';
const NEW_PIN = 'Größer-97531';
const WRONG_PIN = '86427531';
/** Of `virtual create --demo`, which prints it. */
const DEMO_PIN = '12345678';

/** A PIN as itself, as its bytes, and as what stands for it on the wire (LEFT(SHA-256(PIN), 16), CTAP 2.3 §6.5.5). */
function traits(pin: string): string[] {
  const bytes = Buffer.from(pin.normalize('NFC'), 'utf8');
  const hash = createHash('sha256').update(bytes).digest().subarray(0, 16);
  return [pin, bytes.toString('hex'), bytes.toString('base64'), hash.toString('hex'), hash.toString('base64')];
}

const EVERY = '--trace TRACE --verbose --yes';
const key = `seckey -k virtual:it ${EVERY}`;
const bio = `seckey -k virtual:bio ${EVERY}`;

/** In this order, since each finds what the ones before have left. */
const COMMANDS = [
  `${key} info --raw`,
  `${key} identify`,
  `${key} identify --touch`,
  `${key} pin status`,
  `${key} pin set --new-pin-file pin`,
  `${key} pin verify --pin-file pin`,
  `${key} pin verify --pin-file wrong`,
  `${key} pin change --pin-file wrong --new-pin-file new`,
  `${key} pin change --pin-file pin --new-pin-file short`,
  `${key} pin change --pin-file pin --new-pin-file new`,
  `${key} pin min-length 6 --rp-id intranet.example --pin-file new`,
  `${key} pin force-change --pin-file new`,
  `${key} pin change --pin-file new --new-pin-file pin`,
  `${key} config show`,
  `${key} config always-uv on --pin-file pin`,
  `${key} config always-uv off --pin-file pin`,
  `${key} config enterprise-attestation enable --pin-file pin`,
  `${key} config long-touch-reset enable --pin-file pin`,
  `${bio} credentials list --pin-file demo`,
  `${bio} credentials export --pin-file demo`,
  `${bio} credentials show "$(cat id)" --pin-file demo`,
  `${bio} credentials update-user "$(cat id)" --name renamed@contoso.com --display-name "Renée Name" --pin-file demo`,
  `${bio} credentials delete "$(cat id)" --pin-file demo`,
  `${bio} fingerprints list --pin-file demo`,
  `${bio} fingerprints sensor`,
  `${bio} fingerprints add --name thumb --pin-file demo`,
  `${bio} blobs list --pin-file demo`,
  `${bio} blobs compact --pin-file demo`,
  `${bio} doctor`,
  `${bio} config show`,
  `${bio} list`,
  `${key} pin verify --pin-file missing`,
  `${key} reset --confirm it`,
  `${bio} reset --each --journal journal.jsonl`,
];

describe('what every command writes', () => {
  let scratch: Scratch;
  const written: { command: string; output: string; trace: string }[] = [];
  const at = (name: string) => path.join(scratch.directory, name);

  beforeAll(async () => {
    scratch = new Scratch();
    for (const [name, pin] of Object.entries({
      pin: PIN,
      new: NEW_PIN,
      wrong: WRONG_PIN,
      short: '1',
      demo: DEMO_PIN,
    })) {
      writeFileSync(at(name), `${pin}\n`);
    }
    for (const json of ['', ' --json']) {
      await scratch.sh('seckey virtual create it --quiet; seckey virtual create bio --demo --quiet');
      await scratch.sh(
        `seckey -k virtual:bio credentials list --pin-file demo --json | sed 's/.*"credentialId":"\\([^"]*\\)".*/\\1/' >id`,
      );
      for (const [index, command] of COMMANDS.entries()) {
        const trace = at(`trace-${index}${json}`.trim());
        const outcome = await scratch.sh(`${command.replace('TRACE', `"${trace}"`)}${json}`);
        const recorded = readdirSync(scratch.directory).includes(path.basename(trace))
          ? readFileSync(trace, 'utf8')
          : '';
        written.push({ command, output: outcome.stdout + outcome.stderr, trace: recorded });
        expect(outcome.code, `${command}: ${outcome.stderr}`).not.toBe(1);
      }
      await scratch.sh('seckey virtual delete it --yes; seckey virtual delete bio --yes');
    }
  }, 300_000);
  afterAll(() => scratch.remove());

  test('was written at all', () => {
    expect(written.length).toBe(2 * COMMANDS.length);
    expect(written.filter(({ trace }) => trace.includes('"command":"clientPIN"')).length).toBeGreaterThan(20);
    expect(written.some(({ trace }) => trace.includes('"subCommand":"enumerateCredentialsBegin"'))).toBe(true);
    expect(written.some(({ output }) => output.includes('PIN_INVALID'))).toBe(true);
  });

  test.each([PIN, NEW_PIN, WRONG_PIN, DEMO_PIN])('holds no trait of the PIN %s', (pin) => {
    for (const { command, output, trace } of written) {
      for (const trait of traits(pin)) {
        const where = [output, trace].filter((text) => text.toLowerCase().includes(trait.toLowerCase()));
        expect(where, `${command} wrote ${trait}`).toEqual([]);
      }
    }
  });

  test('traces hold no name of a user, no site, no user id and no large-blob key', () => {
    const list = written.find(({ command, output }) => command.includes('credentials list') && output.includes('{"'));
    const document = JSON.parse(list!.output.split('\n').find((line) => line.startsWith('{"existing'))!);
    const secrets = document.relyingParties.flatMap(
      (rp: { id: string; rpIDHash: string; credentials: { user: Record<string, string>; credentialId: string }[] }) => [
        rp.id,
        rp.rpIDHash,
        ...rp.credentials.flatMap(({ user, credentialId }) => [...Object.values(user), credentialId]),
      ],
    ) as string[];
    expect(secrets.length).toBeGreaterThan(5);
    secrets.push('renamed@contoso.com', 'Renée', 'intranet.example');
    expect(written.some(({ trace }) => trace.includes('"subCommand":"updateUserInformation"'))).toBe(true);
    expect(written.some(({ trace }) => trace.includes('"subCommand":"deleteCredential"'))).toBe(true);
    for (const { command, trace } of written) {
      for (const secret of secrets) expect(trace.includes(secret), `${command} traced ${secret}`).toBe(false);
    }
  });

  test('traces are records that trace show can read, and it adds nothing', async () => {
    const names = readdirSync(scratch.directory).filter((name) => /^trace-\d+$/.test(name));
    for (const name of names.slice(3, 12)) {
      const { code, stdout } = await scratch.sh(`seckey trace show ${name}`);
      expect(code).toBe(0);
      for (const trait of [PIN, NEW_PIN, WRONG_PIN].flatMap(traits)) expect(stdout).not.toContain(trait);
    }
  });
});
