import { ClefError } from '../../core/index.ts';

/** What `--limit` says, in bytes a second; nothing where it is not given. */
export function paceOf(limit: string | undefined): { bytesPerSecond?: number } {
  if (limit === undefined) return {};
  const mebibytes = Number(limit);
  if (!(mebibytes > 0 && mebibytes < 1e6))
    throw new ClefError('usage', '--limit takes a number of MiB a second');
  return { bytesPerSecond: mebibytes * 2 ** 20 };
}
