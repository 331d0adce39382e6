import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { temporaryFolder } from '../support/clef-process.ts';
import { gate, type Gate } from './proof.ts';

const root = join(import.meta.dirname, '..', '..');

export interface SuiteResult {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly output: string;
}

/** Runs test files as `npm run check` does, with CI=true: what is absent fails instead of being skipped. */
export async function runSuite(
  files: readonly string[],
  settings: Record<string, string> = {},
  folder = root,
): Promise<SuiteResult> {
  await using reports = await temporaryFolder('proof-suite');
  const report = join(reports.path, 'report.json');
  const child = spawn(
    join(root, 'node_modules', '.bin', 'vitest'),
    ['run', ...files, '--reporter=verbose', '--reporter=json', `--outputFile.json=${report}`],
    {
      cwd: folder,
      env: { ...process.env, CI: 'true', FORCE_COLOR: '0', ...settings },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output += text));
  const [status] = (await once(child, 'close')) as [number];
  const { numPassedTests, numFailedTests, numPendingTests } = JSON.parse(
    await readFile(report, 'utf8'),
  ) as Record<string, number>;
  return {
    passed: numPassedTests ?? 0,
    failed: Math.max(numFailedTests ?? 0, status === 0 ? 0 : 1),
    skipped: numPendingTests ?? 0,
    output: stripVTControlCharacters(output),
  };
}

export function suiteGates({ passed, failed, skipped }: SuiteResult): Record<string, Gate> {
  return { failedTests: gate(failed, 0), skippedTests: gate(skipped, 0), ranAny: gate(passed > 0, true) };
}
