import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

let ticksPerSecond: number | undefined;

/**
 * CPU seconds, user and system, that a process and its living descendants have spent, with the children that
 * each of them already waited for. From /proc, so on Linux only.
 */
export function cpuSecondsOfTree(pid: number): number {
  ticksPerSecond ??= Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));
  const processes = new Map<number, { parent: number; ticks: number }>();
  for (const name of readdirSync('/proc')) {
    if (/^\d+$/.test(name)) readStat(Number(name), processes);
  }
  let ticks = 0;
  const open = [pid];
  for (let current = open.pop(); current !== undefined; current = open.pop()) {
    ticks += processes.get(current)?.ticks ?? 0;
    for (const [child, { parent }] of processes) if (parent === current) open.push(child);
  }
  return ticks / ticksPerSecond;
}

function readStat(pid: number, into: Map<number, { parent: number; ticks: number }>): void {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    // It ended between the listing and now.
    return;
  }
  // After the name, which may hold anything, come state, parent, …: utime is field 14, cstime field 17 (proc(5)).
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = fields.slice(11, 15).reduce((total, field) => total + Number(field), 0);
  into.set(pid, { parent: Number(fields[1]), ticks });
}
