import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../test/support/clef-process.ts';
import { endLeftovers, recordProcess } from './leftovers.ts';
import { ProcessPart } from './process-part.ts';

const { signal } = new AbortController();

/** A shell with a child: it says that it is there, and ends when it is told. */
function partIn(folder: string, script: string): ProcessPart {
  return new ProcessPart({
    name: 'one',
    kind: 'server',
    serves: 'nothing',
    command: ['sh', '-c', script],
    logFile: join(folder, 'log'),
    answers: () =>
      stat(join(folder, 'there')).then(
        () => true,
        () => false,
      ),
  });
}

function runs(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

const childIn = async (folder: string) => Number(await readFile(join(folder, 'there'), 'utf8'));
const WITH_CHILD = 'sleep 600 & echo $! > new; mv new there; wait';

describe('a part that is a process', () => {
  it('is ready once it answers, and takes its children along', async () => {
    await using folder = await temporaryFolder('part');
    const part = partIn(folder.path, WITH_CHILD);
    expect(part.state).toBe('waiting');
    await part.start(signal);
    expect(part.state).toBe('ready');
    const child = await childIn(folder.path);
    expect(runs(child)).toBe(true);
    expect(await part.stop()).toBe('stopped');
    expect(part.state).toBe('gone');
    await expect.poll(() => runs(child)).toBe(false);
  });

  it('tells that it ended as it started, and where it says why', async () => {
    await using folder = await temporaryFolder('part');
    const part = partIn(folder.path, 'echo no room; exit 3');
    await expect(part.start(signal)).rejects.toMatchObject({
      code: 'cluster-part-failed',
      message: expect.stringMatching(/^one ended as it started; .*\/log says more$/) as string,
    });
    expect(await readFile(join(folder.path, 'log'), 'utf8')).toBe('no room\n');
  });
});

describe('what a killed run left', () => {
  async function session(folder: string): Promise<{ pid: number; child: number; ended: Promise<unknown> }> {
    await rm(join(folder, 'there'), { force: true });
    const leader = spawn('sh', ['-c', WITH_CHILD], { cwd: folder, detached: true, stdio: 'ignore' });
    const ended = once(leader, 'exit');
    await expect.poll(() => childIn(folder).catch(() => 0)).toBeGreaterThan(0);
    return { pid: leader.pid ?? 0, child: await childIn(folder), ended };
  }

  it('is ended with its children, also where only they are left', async () => {
    await using folder = await temporaryFolder('leftovers');
    const record = join(folder.path, 'record');
    for (const isLeaderGone of [false, true]) {
      const { pid, child, ended } = await session(folder.path);
      await recordProcess(record, pid);
      if (isLeaderGone) {
        process.kill(pid, 'SIGKILL');
        await ended;
      }
      expect(await endLeftovers(record, folder.path)).toBe(isLeaderGone ? 1 : 2);
      // Dead, it has its id until somebody asks how it ended.
      await expect.poll(() => runs(child)).toBe(false);
      await ended;
      expect(await endLeftovers(record, folder.path)).toBe(0);
    }
  });

  it('is nobody who came by the same id later, or on another day of the machine', async () => {
    await using folder = await temporaryFolder('leftovers');
    const record = join(folder.path, 'record');
    const { pid, child, ended } = await session(folder.path);
    await recordProcess(record, pid);
    const known = JSON.parse(await readFile(record, 'utf8')) as object;
    for (const changed of [{ startedAt: '1' }, { bootId: 'another' }]) {
      await writeFile(record, JSON.stringify({ ...known, ...changed }));
      expect(await endLeftovers(record, folder.path)).toBe(0);
      expect([runs(pid), runs(child)]).toEqual([true, true]);
    }
    process.kill(-pid, 'SIGKILL');
    await ended;
  });
});
