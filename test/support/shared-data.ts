import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { TestContext } from 'vitest';

const shared = new URL('../../../shared/', import.meta.url);

/**
 * Path of data that lies beside the repository, in `../shared`. Where it is absent the calling test is
 * skipped with the reason, and fails with CI=true.
 */
export function sharedData(name: string, context: Pick<TestContext, 'skip'>): string {
  const path = fileURLToPath(new URL(name, shared));
  if (existsSync(path)) return path;
  const reason = `../shared/${name} is absent`;
  if (process.env['CI'] === 'true') throw new Error(`${reason}, which CI=true does not allow`);
  return context.skip(reason);
}
