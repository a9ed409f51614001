import { doctor as keyDoctor } from '../../index.ts';
import type { Context } from '../context.ts';
import { EXIT } from '../errors.ts';
import { failure } from '../failure.ts';
import { found, TAKES_NO_KEY } from '../messages/keys.ts';
import { escaped } from '../terminal/escape.ts';
import type { Style } from '../terminal/output.ts';
import { wrapped } from '../terminal/text.ts';

const STYLES: Record<keyDoctor.Severity, Style> = { ok: 'green', warning: 'yellow', problem: 'red' };
const INDENT = 9;
const WIDTH = 80;

/** `seckey doctor`: exit 4 if something prevents the use of keys. */
export async function doctor(context: Context, { printUdevRules }: { printUdevRules?: true }): Promise<number> {
  const { out, options } = context;
  if (options.key !== undefined) throw failure('usage', TAKES_NO_KEY);
  const system = keyDoctor.thisSystem();
  if (printUdevRules) {
    const udevRules = await keyDoctor.accessRules(system);
    out.document({ udevRules });
    out.raw(udevRules);
    return EXIT.done;
  }
  const findings = keyDoctor.diagnose(
    await keyDoctor.gatherFacts(system, options.transport ? [options.transport] : undefined),
  );
  out.document({ findings: findings.map(findingAsJson) });
  for (const finding of findings) show(context, finding);
  const problems = findings.filter(({ severity }) => severity === 'problem').length;
  out.say(found(problems));
  return problems === 0 ? EXIT.done : EXIT.transport;
}

/** What to do is `mend` in the documents that scripts know. */
function findingAsJson({ remedy, ...finding }: keyDoctor.Finding) {
  return { ...finding, ...(remedy === undefined ? {} : { mend: remedy }) };
}

function show({ out }: Context, { severity, message, remedy = '' }: keyDoctor.Finding): void {
  const width = Math.min(out.width, WIDTH) - INDENT;
  const indent = ' '.repeat(INDENT);
  const [first, ...rest] = wrapped(escaped(message), width);
  out.data(`${out.styled(STYLES[severity], severity)}${indent.slice(severity.length)}${first}`);
  for (const line of rest) out.data(indent + line);
  for (const line of remedy === '' ? [] : remedy.split('\n')) {
    // What is there to be copied stays in one piece.
    const lines = line.startsWith('  ') ? [escaped(line)] : wrapped(escaped(line), width);
    for (const part of lines) out.data(indent + part);
  }
}
