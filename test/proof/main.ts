/** `npm run proof -- NAME`: runs one "must show" line in full and prints its figures as JSON. */
import { parseArgs } from 'node:util';
import { proofs } from './index.ts';
import type { Proof } from './proof.ts';

const LIMIT_MS = 40 * 60_000;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    small: { type: 'boolean', default: false },
    seed: { type: 'string', default: '1' },
    count: { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  },
});

const names = positionals.includes('all') ? proofs.map(({ name }) => name) : positionals;
const unknown = names.filter((name) => !proofs.some((proof) => proof.name === name));
if (values.help || names.length === 0 || unknown.length > 0) {
  if (unknown.length > 0) console.error(`no such proof: ${unknown.join(', ')}\n`);
  console.error('usage: npm run proof -- NAME… [--small] [--seed N] [--count N]\n\nproofs:');
  for (const { name, shows } of proofs) console.error(`  ${name.padEnd(10)} ${shows}`);
  console.error(`  ${'all'.padEnd(10)} every proof, one after the other`);
  process.exit(unknown.length > 0 ? 2 : 0);
}

let failed = 0;
for (const name of names) {
  const proof = proofs.find((candidate) => candidate.name === name);
  if (proof && !(await runOne(proof))) failed++;
}
process.exitCode = failed === 0 ? 0 : 1;

async function runOne(proof: Proof): Promise<boolean> {
  const startedMs = performance.now();
  const timer = setTimeout(() => {
    console.error(`${proof.name}: not finished after ${LIMIT_MS / 60_000} minutes`);
    process.exit(1);
  }, LIMIT_MS);
  const seconds = () => Number(((performance.now() - startedMs) / 1000).toFixed(1));
  try {
    const { gates, figures } = await proof.run({
      small: values.small,
      seed: Number(values.seed),
      ...(values.count !== undefined && { count: Number(values.count) }),
      say: (text) => console.error(`${proof.name}: ${text}`),
    });
    const passed = Object.values(gates).every(({ got, wanted }) => got === wanted);
    console.log(JSON.stringify({ proof: proof.name, passed, seconds: seconds(), gates, figures }, null, 2));
    return passed;
  } catch (error) {
    console.log(
      JSON.stringify(
        {
          proof: proof.name,
          passed: false,
          seconds: seconds(),
          error: error instanceof Error ? (error.stack ?? error.message) : String(error),
        },
        null,
        2,
      ),
    );
    return false;
  } finally {
    clearTimeout(timer);
  }
}
