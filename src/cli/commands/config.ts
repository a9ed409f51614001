import {
  type AuthenticatorSettings,
  authenticatorSettings,
  enableEnterpriseAttestation,
  enableLongTouchForReset,
  type SettingsChange,
  setAlwaysUv,
} from '../../index.ts';
import { askConsent } from '../consent.ts';
import type { Context } from '../context.ts';
import { table } from '../table.ts';

const ABSENT = 'not on this key';
const onOff = (value: boolean | undefined) => (value === undefined ? ABSENT : value ? 'on' : 'off');

/** `seckey config show` */
export async function show(context: Context): Promise<void> {
  const { out } = context;
  const settings = await authenticatorSettings(await context.openKey());
  out.document(settings);
  for (const line of table(rows(settings), { width: out.width, whole: [0, 1] })) out.data(line);
}

function rows(settings: AuthenticatorSettings): string[][] {
  const { minPINLength, forcePINChange, maxRPIDsForSetMinPINLength: rpIds } = settings;
  return [
    ['Always verify the user', onOff(settings.alwaysUv), 'alwaysUv'],
    ['Enterprise attestation', onOff(settings.enterpriseAttestation), 'ep'],
    ['Reset wants a long touch', onOff(settings.longTouchForReset), 'longTouchForReset'],
    ['Shortest PIN', minPINLength === undefined ? ABSENT : `${minPINLength} characters`, 'minPINLength'],
    [
      'PIN must be changed',
      forcePINChange === undefined ? 'not told' : forcePINChange ? 'yes' : 'no',
      'forcePINChange',
    ],
    ['Sites that may see its length', rpIds === undefined ? ABSENT : `up to ${rpIds}`, 'maxRPIDsForSetMinPINLength'],
  ];
}

/** What is now true, for a person and for a program. */
export function report({ out }: Context, { changed, settings }: SettingsChange, now: string): void {
  out.document(settings);
  out.data(changed ? now : `Nothing to do: ${now.charAt(0).toLowerCase()}${now.slice(1)}`);
}

/** `seckey config always-uv on|off` */
export async function alwaysUv(context: Context, [state]: readonly string[]): Promise<void> {
  const on = state === 'on';
  const change = await setAlwaysUv(await context.openKey(), on, context.interaction);
  report(
    context,
    change,
    on
      ? 'The key always verifies its user, by PIN or fingerprint.'
      : 'The key verifies its user where a site asks for it.',
  );
  if (on && change.changed) context.out.say('To undo it: seckey config always-uv off');
}

const IRREVERSIBLE = 'Only a reset turns it off again, and a reset erases everything on the key.';

/** `seckey config enterprise-attestation enable` */
export async function enterpriseAttestation(context: Context): Promise<void> {
  const confirm = () =>
    askConsent(context, {
      what: 'only a reset turns enterprise attestation off again',
      lines: ['This lets the sites that its maker or your company chose see which very key this is.', IRREVERSIBLE],
      question: 'Turn enterprise attestation on?',
    });
  const change = await enableEnterpriseAttestation(await context.openKey(), context.interaction, { confirm });
  report(context, change, 'Enterprise attestation is on.');
}

/** `seckey config long-touch-reset enable` */
export async function longTouchReset(context: Context): Promise<void> {
  const confirm = () =>
    askConsent(context, {
      what: 'only a reset turns the long touch for a reset off again',
      lines: ['This makes a reset want a long touch.', IRREVERSIBLE],
      question: 'Turn it on?',
    });
  const change = await enableLongTouchForReset(await context.openKey(), context.interaction, { confirm });
  report(context, change, 'A reset wants a long touch.');
}
