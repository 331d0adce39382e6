import { seededRandom } from '../../test/support/random.ts';
import { HttpConnection } from './http-connection.ts';
import { MAX_REPORTED_FAILURES, type RangeJob, type RangeReport } from './load-job.ts';
import { quantile } from './measure.ts';

const PARTIAL_CONTENT = 206;

/** Keeps every connection busy until the time is over, then waits for the answers under way. */
export async function loadRanges(job: RangeJob): Promise<RangeReport> {
  const random = seededRandom(job.connections);
  const latenciesMs: number[] = [];
  const failures: string[] = [];
  let bytes = 0;
  const startedMs = performance.now();
  const endsMs = startedMs + job.durationMs;

  const runConnection = (): Promise<void> =>
    new Promise((resolve) => {
      let sentMs = 0;
      const connection = new HttpConnection(job.port, {
        body: (lengthBytes) => {
          bytes += lengthBytes;
        },
        answered: ({ status, bodyBytes }) => {
          if (status !== PARTIAL_CONTENT || bodyBytes !== job.rangeBytes) {
            end(`status ${status} with ${bodyBytes} bytes`);
            return;
          }
          const nowMs = performance.now();
          latenciesMs.push(nowMs - sentMs);
          if (nowMs < endsMs) send();
          else end();
        },
        failed: end,
      });
      function send(): void {
        const target = job.targets[Math.floor(random() * job.targets.length)];
        if (!target) return end('nothing to ask for');
        const start = Math.floor(random() * (target.lengthBytes - job.rangeBytes));
        sentMs = performance.now();
        connection.get(target.path, `Range: bytes=${start}-${start + job.rangeBytes - 1}\r\n`);
      }
      function end(failure?: string): void {
        if (failure !== undefined) failures.push(failure);
        connection.close();
        resolve();
      }
      send();
    });

  await Promise.all(Array.from({ length: job.connections }, runConnection));
  return {
    requests: latenciesMs.length,
    bytes,
    seconds: (performance.now() - startedMs) / 1_000,
    p50Ms: latenciesMs.length > 0 ? quantile(latenciesMs, 0.5) : 0,
    p99Ms: latenciesMs.length > 0 ? quantile(latenciesMs, 0.99) : 0,
    failures: failures.slice(0, MAX_REPORTED_FAILURES),
  };
}
