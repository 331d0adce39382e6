import { readdir, readFile, readlink, rm } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import * as v from 'valibot';
import { ClefError } from '../../core/index.ts';
import { writeDurably } from '../data-folder.ts';

/** Who a process is: its id alone is given to another one after it. */
const schema = v.object({
  pid: v.pipe(v.number(), v.integer(), v.minValue(2)),
  /** Since the machine started, in ticks of its clock. */
  startedAt: v.string(),
  bootId: v.string(),
});

interface ProcessStat {
  readonly pid: number;
  readonly session: number;
  readonly startedAt: string;
}

const GONE_WITHIN_MS = 5_000;
const POLL_MS = 20;

/** Notes a process that leads a session of its own. */
export async function recordProcess(file: string, pid: number): Promise<void> {
  const found = await statOf(pid);
  // It has ended already.
  if (!found) return;
  await writeDurably(file, JSON.stringify({ pid, startedAt: found.startedAt, bootId: await bootId() }));
}

/** Kills what still runs of the session that the file names, and forgets it; how many processes that were. */
export async function endLeftovers(file: string, folder: string): Promise<number> {
  const recorded = await readRecord(file);
  const killed: number[] = [];
  if (recorded && recorded.bootId === (await bootId())) {
    const members = (await allProcesses()).filter(({ session }) => session === recorded.pid);
    const leader = members.find(({ pid }) => pid === recorded.pid);
    for (const { pid } of members) {
      // An id is not given again while its session lives: where the leader is who it was, all of it is ours.
      const isOurs = leader ? leader.startedAt === recorded.startedAt : await isIn(pid, folder);
      if (isOurs && send(pid, 'SIGKILL')) killed.push(pid);
    }
    await untilGone(killed);
  }
  await rm(file, { force: true });
  return killed.length;
}

async function readRecord(file: string): Promise<v.InferOutput<typeof schema> | undefined> {
  const text = await readFile(file, 'utf8').catch(unlessAbsent);
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), schema), text);
  return parsed.success ? parsed.output : undefined;
}

async function allProcesses(): Promise<readonly ProcessStat[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const found = await Promise.all(pids.map(statOf));
  return found.filter((one) => one !== undefined);
}

/** Undefined where there is none. proc(5): the second field is in brackets, and may have any signs in it. */
async function statOf(pid: number): Promise<ProcessStat | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(unlessAbsent);
  if (text === undefined) return undefined;
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const isDead = fields[0] === 'Z' || fields[0] === 'X';
  return isDead ? undefined : { pid, session: Number(fields[3]), startedAt: fields[19] ?? '' };
}

async function isIn(pid: number, folder: string): Promise<boolean> {
  const place = await readlink(`/proc/${pid}/cwd`).catch(() => '');
  return place === folder || place.startsWith(`${folder}/`);
}

function send(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    return false;
  }
}

/** Sockets and locks of a killed process are free once it is gone. */
async function untilGone(pids: readonly number[]): Promise<void> {
  const deadlineMs = performance.now() + GONE_WITHIN_MS;
  for (const pid of pids) {
    while (await statOf(pid)) {
      if (performance.now() > deadlineMs)
        throw new ClefError('cluster-part-failed', `process ${pid} of an earlier run does not end`);
      await wait(POLL_MS);
    }
  }
}

async function bootId(): Promise<string> {
  return (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
}

function unlessAbsent(error: NodeJS.ErrnoException): undefined {
  // ESRCH: it ended while it was read.
  if (error.code !== 'ENOENT' && error.code !== 'ESRCH') throw error;
}
