/** Which programs have a key, as far as /proc tells: all of them for root, for others their own. */
import { MAKERS } from '../makers/makers.ts';
import type { Program } from './facts.ts';
import type { System } from './system.ts';

/** Programs known to keep cards, for when the system does not tell who has one. Linux cuts names at 15 characters. */
const SUSPECTS = [
  ...['scdaemon', 'opensc', 'p11-kit-server', 'gpa'],
  ...MAKERS.flatMap(({ diagnosis }) => diagnosis?.programs ?? []),
];

/** The service itself, and what seckey's own question starts. */
const SERVICE = 'pcscd';

/** Programs that have libpcsclite loaded; if there is none to be seen, those whose name says that they use cards. */
export async function smartCardPrograms(system: System): Promise<Program[]> {
  const programs = await otherPrograms(system);
  const users: Program[] = [];
  for (const program of programs) {
    if (program.name === SERVICE) continue;
    // The process in which seckey itself talks to the service.
    if (parentOf(await system.readFile(`/proc/${program.pid}/status`)) === system.pid) continue;
    const maps = await system.readFile(`/proc/${program.pid}/maps`);
    // scdaemon is named even without the library, since it may be using its own driver; but one that has ended, which
    // gpg-agent notices late, has nothing mapped.
    if (maps?.includes('libpcsclite') || (program.name === 'scdaemon' && maps !== '')) users.push(program);
  }
  return users.length > 0 ? users : programs.filter(({ name }) => SUSPECTS.some((suspect) => name.startsWith(suspect)));
}

/** Programs that have this device node open. */
export async function nodeHolders(system: System, node: string): Promise<Program[]> {
  const holders: Program[] = [];
  for (const program of await otherPrograms(system)) {
    const directory = `/proc/${program.pid}/fd`;
    for (const fd of await system.readDirectory(directory)) {
      if ((await system.readLink(`${directory}/${fd}`)) !== node) continue;
      holders.push(program);
      break;
    }
  }
  return holders;
}

function parentOf(status: string | undefined): number {
  return Number(/^PPid:\s*(\d+)$/m.exec(status ?? '')?.[1]);
}

async function otherPrograms(system: System): Promise<Program[]> {
  const entries = await system.readDirectory('/proc');
  const pids = entries.filter((entry) => /^\d+$/.test(entry)).map(Number);
  const programs = await Promise.all(
    pids
      .filter((pid) => pid !== system.pid)
      .map(async (pid) => ({ pid, name: (await system.readFile(`/proc/${pid}/comm`))?.trim() ?? '' })),
  );
  return programs.filter(({ name }) => name !== '');
}
