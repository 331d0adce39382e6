import { stat } from 'node:fs/promises';
import type { TestContext } from 'vitest';

/** A folder with a mount in it, as there is on every Linux. Where there is none a test is skipped; with CI=true it fails. */
export async function folderWithMount(
  context: Pick<TestContext, 'skip'>,
): Promise<{ readonly folder: string; readonly mount: string }> {
  const place = { folder: '/dev', mount: '/dev/shm' };
  const [outer, inner] = await Promise.all(
    [place.folder, place.mount].map((path) => stat(path).catch(() => undefined)),
  );
  if (inner && outer?.dev !== inner.dev) return place;
  const reason = `nothing is mounted at ${place.mount}`;
  if (process.env['CI'] === 'true') throw new Error(`${reason}, which CI=true does not allow`);
  return context.skip(reason);
}
