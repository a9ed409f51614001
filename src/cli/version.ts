import { createRequire } from 'node:module';

/** Of seckey. The nearest package.json that is its own: it is elsewhere once the command line is bundled. */
export function versionOfSeckey(): string {
  const load = createRequire(import.meta.url);
  for (const up of ['..', '../..', '../../..', '../../../..']) {
    try {
      const { name, version } = load(`${up}/package.json`) as { name?: string; version?: string };
      if (name === 'seckey' && version !== undefined) return version;
    } catch {
      // Not there.
    }
  }
  return 'unknown';
}
