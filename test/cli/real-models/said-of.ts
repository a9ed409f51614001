/** What commands say of a model that answers as its maker declares. */
import { Writable } from 'node:stream';
import { info } from '../../../src/cli/commands/info.ts';
import type { Context } from '../../../src/cli/context.ts';
import { Output } from '../../../src/cli/terminal/output.ts';
import { Session } from '../../../src/index.ts';
import { declaredKey, type RealModel } from '../../support/real-models.ts';

// biome-ignore lint/suspicious/noExplicitAny: what a program printed is data
export async function infoOf(real: RealModel): Promise<{ text: string[]; document: any }> {
  const [text, json] = ['', ''].map(() => [] as string[]);
  await info(contextOf(real, { stdout: text }), {});
  await info(contextOf(real, { stdout: json, json: true }), {});
  return { text: text?.join('').replace(/\n$/, '').split('\n') ?? [], document: JSON.parse(json?.join('') ?? '') };
}

/** What the commands use of it. */
export function contextOf(real: RealModel, { stdout = [] as string[], json = false } = {}): Context {
  const sink = new Writable({
    write: (chunk, _encoding, done) => {
      stdout.push(`${chunk}`);
      done();
    },
  });
  return {
    options: {},
    out: new Output({ json, quiet: false, color: false, stdout: sink, stderr: sink }),
    openKey: () => Session.open(declaredKey(real)),
  } as unknown as Context;
}
