/** Settings that stay on a key. */
import { config } from '../../index.ts';
import { SETTINGS_WORDS as WORDS } from '../messages/manager.ts';
import type { KeySession } from './key-session.ts';
import { type Entry, enter } from './menu-page.ts';

export function enterSettings(keySession: KeySession): Promise<void> {
  return enter(keySession, async () => {
    const settings = await keySession.read(undefined, async (context) => config.settings(await context.openKey()));
    if (!settings) return undefined;
    const { alwaysUv, enterpriseAttestation, longTouchForReset } = settings;
    const command = (label: string, unavailable: string | undefined, ...words: string[]): Entry => ({
      id: words.slice(0, 2).join(' '),
      label,
      unavailable,
      argv: keySession.argv(...words),
      run: () => keySession.run(words),
    });
    const enabling = (state: boolean | undefined) =>
      state === undefined ? WORDS.noSuchSetting : state ? WORDS.isOn : undefined;
    return {
      title: WORDS.title,
      entries: [
        command(WORDS.show, undefined, 'config', 'show'),
        command(
          alwaysUv ? WORDS.alwaysUvOff : WORDS.alwaysUvOn,
          alwaysUv === undefined ? WORDS.noSuchSetting : undefined,
          'config',
          'always-uv',
          alwaysUv ? 'off' : 'on',
        ),
        command(
          WORDS.enterpriseAttestation,
          enabling(enterpriseAttestation),
          'config',
          'enterprise-attestation',
          'enable',
        ),
        command(WORDS.longTouch, enabling(longTouchForReset), 'config', 'long-touch-reset', 'enable'),
      ],
    };
  });
}
