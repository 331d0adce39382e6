import { settleInDoubt, type ShardServers } from '../../src/catalog/sql/shards/index.ts';

const WATCH_MS = 500;
const LONGEST_DOUBT_MS = 60_000;

/** As `clef catalog shards status --repair` does it, until nothing is in doubt. Answers how many transactions were. */
export async function settleAll(servers: ShardServers): Promise<number> {
  let count = 0;
  const givenUpAtMs = performance.now() + LONGEST_DOUBT_MS;
  for (;;) {
    const options = { signal: AbortSignal.timeout(LONGEST_DOUBT_MS), watchMs: WATCH_MS };
    const { settled, left, away } = await settleInDoubt(servers, options);
    count += settled.length;
    if (left.length === 0 && away.length === 0) return count;
    if (performance.now() > givenUpAtMs)
      throw new Error(`no end to doubt: ${JSON.stringify(left)}; away: ${away.join(' ')}`);
  }
}
