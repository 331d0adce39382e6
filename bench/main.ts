// npm run bench -- [NAME…] [--write] [--json]
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Bench, BenchSkipped } from './support/bench.ts';
import { describeMachine } from './support/machine.ts';
import { progress } from './support/measure.ts';
import { markdownSection, type Outcome, textTable, withSections } from './support/report.ts';

/** In the order of docs/performance.md. */
const benches: Readonly<Record<string, () => Promise<Bench>>> = {
  aes: () => import('./aes.ts'),
  erasure: () => import('./erasure.ts'),
  stream: () => import('./stream.ts'),
  listeners: () => import('./listeners.ts'),
  fanout: () => import('./fanout.ts'),
  search: () => import('./search.ts'),
  'search-http': () => import('./search-http.ts'),
  'play-file': () => import('./play-file.ts'),
  import: () => import('./import.ts'),
  'import-catalog': () => import('./import-catalog.ts'),
  startup: () => import('./startup.ts'),
};

const PAGE = join(import.meta.dirname, '..', 'docs', 'performance.md');
const EMPTY_PAGE = `# Performance

Measured by \`npm run bench\`, which prints these tables; \`npm run bench -- --write\` measures everything again and
writes this page, with a name only that section. Figures by CPU (CPU-seconds, user and system) depend less on what
else a machine does than those by the clock.
`;

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      write: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      // For the processes that this one starts.
      here: { type: 'boolean', default: false },
    },
  });
  const unknown = positionals.filter((name) => !(name in benches));
  if (unknown.length > 0) {
    progress(`no bench is called ${unknown.join(', ')}; there are ${Object.keys(benches).join(', ')}`);
    process.exitCode = 2;
    return;
  }
  const names = positionals.length > 0 ? positionals : Object.keys(benches);
  if (values.here) {
    for (const name of names) process.stdout.write(`${JSON.stringify(await runHere(name))}\n`);
    return;
  }
  const outcomes: Outcome[] = [];
  for (const name of names) {
    progress(`${name} …`);
    const outcome = await runApart(name);
    outcomes.push(outcome);
    if (!values.json) process.stdout.write(`${textTable(outcome)}\n\n`);
  }
  if (values.json) process.stdout.write(`${JSON.stringify({ machine: describeMachine(), outcomes })}\n`);
  if (values.write) await writePage(outcomes);
}

async function runHere(name: string): Promise<Outcome> {
  const bench = await benches[name]?.();
  if (!bench) throw new RangeError(`no bench is called ${name}`);
  const { aim } = bench;
  try {
    return { bench: { name, aim }, result: await bench.run() };
  } catch (error) {
    if (error instanceof BenchSkipped) return { bench: { name, aim }, result: { skipped: error.message } };
    throw error;
  }
}

/** In a process of its own: no bench meets the heap, the compiled code or the sockets of another. */
async function runApart(name: string): Promise<Outcome> {
  const child = spawn(process.execPath, [import.meta.filename, name, '--here'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  const [status] = (await once(child, 'close')) as [number | null];
  if (status !== 0) throw new Error(`the bench ${name} failed`);
  return JSON.parse(output) as Outcome;
}

async function writePage(outcomes: readonly Outcome[]): Promise<void> {
  const today = new Date().toISOString().slice(0, 10);
  const measured = `Measured on ${today}: ${describeMachine()}.`;
  const page = await readFile(PAGE, 'utf8').catch(() => EMPTY_PAGE);
  const sections = new Map(
    outcomes.map((outcome) => [outcome.bench.name, markdownSection(outcome, measured)]),
  );
  await writeFile(PAGE, withSections(page, sections, Object.keys(benches)));
}

await main();
