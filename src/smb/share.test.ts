import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { isAbsent } from '../../test/support/debian.ts';
import { pauseProcess, resumeProcess } from '../../test/support/processes.ts';
import { type Samba, SMBD, startSamba } from '../../test/support/start-samba.ts';
import { SmbFault } from './fault.ts';
import { SmbShare } from './share.ts';

let samba: Samba;
let nowMs = 0;

function share(): SmbShare {
  const { host, port, credentials } = samba;
  return new SmbShare({
    address: { host, port, share: 'plain', encryption: 'off', signing: 'required' },
    credentials,
    monotonicMs: () => nowMs,
  });
}

/** What comes of asking. */
async function ask(asked: SmbShare): Promise<string> {
  try {
    await asked.stat('');
    return 'answered';
  } catch (error) {
    return error instanceof SmbFault ? error.kind : String(error);
  }
}

describe.skipIf(isAbsent(SMBD))('on Samba, a share whose password is refused', () => {
  beforeAll(async () => {
    samba = await startSamba({ shares: ['plain'] });
  });
  afterAll(() => samba[Symbol.asyncDispose]());
  beforeEach(() => samba.setPassword('another'));

  test('is not logged on to for a minute, whatever its server would answer', async () => {
    await using refused = share();
    expect(await Promise.all([ask(refused), ask(refused)])).toEqual(['refused', 'refused']);
    await samba.setPassword(samba.credentials.password);
    nowMs += 59_999;
    expect(await ask(refused)).toBe('refused');
    nowMs += 1;
    expect(await ask(refused)).toBe('answered');
  });

  test('is used on over a connection that is there', async () => {
    await samba.setPassword(samba.credentials.password);
    await using used = share();
    expect(await ask(used)).toBe('answered');
    await samba.setPassword('another');
    const [pid = 0] = used.pids;
    await pauseProcess(pid);
    const asking = [ask(used)];
    await new Promise(setImmediate);
    // Wants a connection of its own.
    expect(await ask(used)).toBe('refused');
    asking.push(ask(used));
    resumeProcess(pid);
    expect(await Promise.all(asking)).toEqual(['answered', 'answered']);
    expect(used.pids).toEqual([pid]);
  });
});
