import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

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

test('a share is away where no process can be started for lack of file descriptors', async () => {
  const script = [process.execPath, '--input-type=module', '--eval', asksWithoutDescriptors];
  const { stdout } = await run('/bin/sh', ['-c', 'ulimit -n 64; exec "$0" "$@"', ...script]);
  expect(stdout).toBe('away');
});
