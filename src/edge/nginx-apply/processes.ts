import { readdir, readFile } from 'node:fs/promises';

/** Processes whose parent this one is, by /proc (proc(5)): NGINX says nowhere else that its workers were exchanged. */
export async function childrenOf(parent: number): Promise<ReadonlySet<number>> {
  const children = new Set<number>();
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const stat = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => '');
    // The command's name may hold anything: what follows its bracket is state and parent.
    const [state, ppid] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (Number(ppid) === parent && state !== 'Z') children.add(Number(name));
  }
  return children;
}

/** False also for a process of another user's that took the number. */
export function canSignal(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
