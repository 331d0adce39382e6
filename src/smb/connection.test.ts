import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { isAbsent } from '../../test/support/debian.ts';
import { childrenOf, isRunning } from '../../test/support/processes.ts';
import { SMBD, startSamba } from '../../test/support/start-samba.ts';
import { waitFor } from '../../test/support/wait-for.ts';
import type { SmbAddress } from './address.ts';

const run = promisify(execFile);
const index = JSON.stringify(new URL('index.ts', import.meta.url));

/** Opens files until there are no more, asks a share, and says how that failed. */
const asksWithoutDescriptors = `
  import { openSync } from 'node:fs';
  import { setTimeout as wait } from 'node:timers/promises';
  import { SmbShare } from ${index};
  const address = { host: '127.0.0.1', port: 9, share: 'any', encryption: 'off', signing: 'required' };
  const share = new SmbShare({ address, credentials: { user: 'any', password: 'any' } });
  try {
    for (;;) openSync('/dev/null');
  } catch {}
  const kind = await share.stat('').catch((error) => error.kind ?? String(error));
  await share[Symbol.asyncDispose]();
  await wait(100);
  process.stdout.write(kind);
`;

/** Watches a share, whose address and credentials come as JSON, until it is killed. */
const watches = `
  import { watchShare } from ${index};
  let text = '';
  for await (const piece of process.stdin) text += piece;
  await watchShare({
    ...JSON.parse(text),
    path: '',
    onWatching: () => process.stdout.write('watching'),
    onChanges: () => undefined,
    signal: new AbortController().signal,
  });
`;

test('a share is away where no process can be started for lack of file descriptors', async () => {
  const script = [process.execPath, '--input-type=module', '--eval', asksWithoutDescriptors];
  const { stdout } = await run('/bin/sh', ['-c', 'ulimit -n 64; exec "$0" "$@"', ...script]);
  expect(stdout).toBe('away');
});

describe.skipIf(isAbsent(SMBD))('on Samba', () => {
  test('the process of a watch ends where its parent is killed', async () => {
    await using samba = await startSamba({ shares: ['plain'] });
    const { host, port, credentials } = samba;
    const address: SmbAddress = { host, port, share: 'plain', encryption: 'off', signing: 'required' };
    const parent = spawn(process.execPath, ['--input-type=module', '--eval', watches], {
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    try {
      parent.stdin.end(JSON.stringify({ address, credentials }));
      await once(parent.stdout, 'data');
      const [child] = childrenOf(parent.pid ?? 0);
      expect(child?.command).toContain('process/main.ts');
      parent.kill('SIGKILL');
      const pid = child?.pid ?? 0;
      await waitFor('its end', async () => !isRunning(pid) || undefined, { timeoutMs: 8_000 });
    } finally {
      parent.kill('SIGKILL');
    }
  });
});
