import { readdirSync, readFileSync } from 'node:fs';

const KIB_A_MIB = 1024;

/** VmRSS of a process and its living descendants, added up (proc(5)); Linux only. */
export function residentMiBOfTree(pid: number): number {
  const processes = new Map<number, { parent: number; kib: number }>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const status = readFileSync(`/proc/${name}/status`, 'utf8');
      const field = (label: string) => Number(new RegExp(`^${label}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0);
      processes.set(Number(name), { parent: field('PPid'), kib: field('VmRSS') });
    } catch {
      // It ended between the listing and now.
    }
  }
  let kib = 0;
  const open = [pid];
  for (let current = open.pop(); current !== undefined; current = open.pop()) {
    kib += processes.get(current)?.kib ?? 0;
    for (const [child, { parent }] of processes) if (parent === current) open.push(child);
  }
  return kib / KIB_A_MIB;
}
