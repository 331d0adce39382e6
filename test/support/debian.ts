import { existsSync } from 'node:fs';
import type { TestContext } from 'vitest';

/**
 * Where a file of a Debian package is absent the calling test is skipped with the reason; with CI=true it
 * fails. Answers the file.
 */
export function fileOfPackage(name: string, file: string, context: Pick<TestContext, 'skip'>): string {
  if (existsSync(file)) return file;
  const reason = `Debian package ${name} is absent`;
  if (process.env['CI'] === 'true') throw new Error(`${reason}, which CI=true does not allow`);
  return context.skip(reason);
}

/** For `describe.skipIf`: true where a file is absent; with CI=true what needs it fails by itself. */
export function isAbsent(file: string): boolean {
  return !existsSync(file) && process.env['CI'] !== 'true';
}

/** The context of a proof, which has no test to skip: it fails. */
export const inProof = {
  skip(reason?: unknown): never {
    throw new Error(String(reason));
  },
};
