import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { waitFor } from './wait-for.ts';

// From /proc, so on Linux only.

export interface ProcessInfo {
  readonly pid: number;
  readonly command: string;
}

/** Children of a process that live now. */
export function childrenOf(parent: number): ProcessInfo[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    const stat = readIfThere(`/proc/${name}/stat`);
    // The command's name may hold anything: what follows its bracket is state and parent.
    const [state, ppid] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (Number(ppid) !== parent || state === 'Z') return [];
    return [{ pid: Number(name), command: readIfThere(`/proc/${name}/cmdline`).replaceAll('\0', ' ') }];
  });
}

export function isRunning(pid: number): boolean {
  const state = stateOf(pid);
  return state !== '' && state !== 'Z';
}

/** SIGSTOP, until every thread stands still: whoever sends it alone may still get an answer. */
export async function pauseProcess(pid: number): Promise<void> {
  process.kill(pid, 'SIGSTOP');
  await waitFor('a standstill', () => Promise.resolve(isStopped(pid) || undefined));
}

export function resumeProcess(pid: number): void {
  process.kill(pid, 'SIGCONT');
}

/** So is one that has ended meanwhile. */
function isStopped(pid: number): boolean {
  return threadsOf(pid).every((thread) => ['', 'T', 'Z'].includes(stateOf(`${pid}/task/${thread}`)));
}

function threadsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
}

/** One letter (proc(5)); empty where there is no such process. */
function stateOf(place: number | string): string {
  const stat = readIfThere(`/proc/${place}/stat`);
  return stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3);
}

export function residentBytes(pid: number): number {
  return Number(/^VmRSS:\s+(\d+)/m.exec(readIfThere(`/proc/${pid}/status`))?.[1] ?? 0) * 1024;
}

/** Ports of the clients whose connections to a local IPv4 port this process holds. */
export function clientPortsOf(pid: number, localPort: number): number[] {
  const inodes = new Set(
    readdirSync(`/proc/${pid}/fd`).flatMap(
      (fd) => /^socket:\[(\d+)\]$/.exec(linkIfThere(pid, fd))?.[1] ?? [],
    ),
  );
  const ESTABLISHED = '01';
  return readFileSync('/proc/net/tcp', 'utf8')
    .split('\n')
    .flatMap((line) => {
      // sl, local address, remote address, state, queues, timer, retransmits, uid, timeout, inode (proc(5)).
      const [, local = '', remote = '', state, , , , , , inode = ''] = line.trim().split(/\s+/);
      const portOf = (address: string) => Number.parseInt(address.split(':')[1] ?? '', 16);
      return state === ESTABLISHED && portOf(local) === localPort && inodes.has(inode)
        ? [portOf(remote)]
        : [];
    });
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function linkIfThere(pid: number, fd: string): string {
  try {
    return readlinkSync(`/proc/${pid}/fd/${fd}`);
  } catch {
    return '';
  }
}
