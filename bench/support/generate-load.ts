import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type {
  FanoutJob,
  FanoutReport,
  ListenJob,
  ListenReport,
  LoadJob,
  RangeJob,
  RangeReport,
} from './load-job.ts';

const GENERATOR = fileURLToPath(new URL('./load-generator.ts', import.meta.url));
const OPEN_FILES = 20_000;

/** Put before a command that holds thousands of connections. Where the system forbids it, its limit stays. */
export const WITH_MANY_FILES = ['sh', '-c', `ulimit -n ${OPEN_FILES} 2>/dev/null; exec "$0" "$@"`] as const;

export function generateLoad(job: RangeJob): Promise<RangeReport>;
export function generateLoad(job: ListenJob): Promise<ListenReport>;
export function generateLoad(job: FanoutJob): Promise<FanoutReport>;
/** Runs the job in a load generator of its own. */
export async function generateLoad(job: LoadJob): Promise<RangeReport | ListenReport | FanoutReport> {
  const [command, ...rest] = [...WITH_MANY_FILES, process.execPath, GENERATOR];
  const child = spawn(command, rest, { stdio: ['pipe', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.stdin.end(JSON.stringify(job));
  const [status] = (await once(child, 'close')) as [number | null];
  if (status !== 0) throw new Error('the load generator failed');
  return JSON.parse(output) as RangeReport | ListenReport | FanoutReport;
}
