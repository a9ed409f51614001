/** Whether the terminal is this process's to switch: a job in the background is stopped when it tries. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

export function isInForeground(): boolean {
  const [group, foreground] = process.platform === 'linux' ? fromProc() : fromPs();
  return group !== undefined && group === foreground;
}

/** Process group, and the one in the terminal's foreground. */
type Groups = readonly (string | undefined)[];

function fromProc(): Groups {
  try {
    const stat = readFileSync('/proc/self/stat', 'latin1');
    // The second field is the program's name in brackets, which may hold anything.
    const [, , group, , , foreground] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return [group, foreground];
  } catch {
    return [];
  }
}

function fromPs(): Groups {
  const { stdout } = spawnSync('ps', ['-o', 'pgid=,tpgid=', '-p', `${process.pid}`], { encoding: 'utf8' });
  return (stdout ?? '').trim().split(/\s+/);
}
