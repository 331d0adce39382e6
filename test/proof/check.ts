import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { temporaryFolder } from '../support/clef-process.ts';
import { gate, type Proof } from './proof.ts';
import { runSuite } from './suite.ts';

const run = promisify(execFile);
const root = join(import.meta.dirname, '..', '..');

/** What a stranger's machine would say of the newest commit. */
export const check: Proof = {
  name: 'check',
  shows: 'npm ci and npm run check in a fresh clone; each guard seen failing when what it guards is broken',
  async run({ small, say }) {
    const guards = await runSuite(['test/guards']);
    if (guards.failed > 0) say(guards.output);
    const gates = { guardsFailed: gate(guards.failed, 0), guardsRan: gate(guards.passed > 0, true) };
    if (small) return { gates, figures: { guards: guards.passed } };

    await using place = await temporaryFolder('proof-check');
    const clone = join(place.path, 'clef');
    await run('git', ['clone', '--quiet', root, clone]);
    if (existsSync(join(root, '..', 'shared')))
      await symlink(join(root, '..', 'shared'), join(place.path, 'shared'));
    const startedMs = performance.now();
    const output = await runCi(clone);
    const minutes = (performance.now() - startedMs) / 60_000;
    const last = output.trim().split('\n').at(-1) ?? '';
    const [, passed = '0', failed = '-1', skipped = '-1'] =
      /^(\d+) passed, (\d+) failed, (\d+) skipped$/.exec(last) ?? [];
    if (failed !== '0')
      say(
        output
          .split('\n')
          .filter((line) => /FAIL|Error|×/.test(line))
          .slice(0, 40)
          .join('\n'),
      );
    return {
      gates: { ...gates, failed: gate(Number(failed), 0), skipped: gate(Number(skipped), 0) },
      figures: {
        guards: guards.passed,
        passed: Number(passed),
        minutesWithInstall: Number(minutes.toFixed(1)),
        lastLine: last,
      },
    };
  },
};

/** As a CI machine runs it: no standard input, CI=true. */
async function runCi(clone: string): Promise<string> {
  const child = spawn('bash', ['.ci/run'], {
    cwd: clone,
    env: { ...process.env, CI: 'true' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output += text));
  await once(child, 'close');
  return output;
}
