/**
 * What seckey says of 108 real models, from what their makers declare. Somebody has read the files beside this test, and
 * reads what changes in them: npx vitest run test/cli/real-models -u
 */
import { expect, test } from 'vitest';
import { readKeySummary, whyNot } from '../../../src/cli/manager/key-summary.ts';
import { summaryLines } from '../../../src/cli/messages/manager.ts';
import { credentials, fingerprints, largeBlobs, pin, reset } from '../../../src/index.ts';
import { REAL_MODELS, type RealModel } from '../../support/real-models.ts';
import { contextOf, infoOf } from './said-of.ts';

test('each in a line: state, PIN rules, what it cannot do, and how it is reset', async () => {
  const lines = await Promise.all(REAL_MODELS.map(summary));
  await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot('models.txt');
});

test('what info says, and of how many of them', async () => {
  const counts = new Map<string, number>();
  for (const { text } of await Promise.all(REAL_MODELS.map(infoOf))) {
    // Which model it is, tells the other file.
    for (const line of joined(text)
      .slice(2)
      .filter((each) => !each.startsWith('AAGUID')))
      counts.set(line, (counts.get(line) ?? 0) + 1);
  }
  const lines = [...counts].sort().map(([line, count]) => `${String(count).padStart(3)}  ${line}`);
  await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot('info.txt');
});

test.each(REAL_MODELS.map((each) => [each.model, each] as const))(
  '%s: info as text and as JSON',
  async (_name, real) => {
    const { text, document } = await infoOf(real);
    for (const line of text) expect(line.length).toBeLessThanOrEqual(80);
    expect(text.join('\n')).not.toMatch(/undefined|NaN|\[object|unknown to seckey|Unknown member/);
    const { aaguid, ...members } = real.getInfo;
    expect(document).toMatchObject(members);
    expect(document.aaguid.replaceAll('-', '')).toBe(`${aaguid}`.replaceAll('-', ''));
    expect(text[0]).toBe(document.model ?? 'Key');
  },
);

const ROOMS = {
  'list of passkeys': credentials.requireSupport,
  renaming: credentials.requireUpdateSupport,
  fingerprints: fingerprints.requireSupport,
  blobs: largeBlobs.requireSupport,
};

async function summary(real: RealModel): Promise<string> {
  const context = contextOf(real);
  const glance = await readKeySummary(context);
  const session = await context.openKey();
  const members = await session.info();
  const { minLength, maxLength } = pin.rules(members);
  const { remove, insert, touch, windowMs } = reset.gestures(session.key, members, glance.key.model);
  const lacking = Object.entries(ROOMS).filter(([, require]) => whyNot(() => require(members)) !== undefined);
  return [
    real.model,
    ...summaryLines(glance, undefined)
      .slice(1)
      .map((line) => line.replace(/ +/, ' ')),
    glance.pin.supported && `${minLength} to ${maxLength}`,
    lacking.length > 0 && `no ${lacking.map(([name]) => name).join(', no ')}`,
    `${remove}, ${insert}, ${touch} within ${windowMs / 1000} s`,
  ]
    .filter(Boolean)
    .join(' | ');
}

/** Lines that go on in the next one, joined again. */
function joined(lines: readonly string[]): string[] {
  const result: string[] = [];
  for (const line of lines) {
    if (/^ {3,}/.test(line)) result.push(`${result.pop()} ${line.trim()}`);
    else if (line !== '') result.push(line);
  }
  return result;
}
