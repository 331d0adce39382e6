/** `npm run check`: every test and every guard; the last line counts them. */
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureDebianPackages } from './check/debian.ts';
import { steps, type Tally, total } from './check/steps.ts';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

const missing = ensureDebianPackages();
if (missing.length > 0) {
  console.log(`Tests that need these Debian packages will be skipped: ${missing.join(' ')}`);
}

const tallies: Tally[] = [];
for (const step of steps) {
  const startedMs = performance.now();
  const tally = await step.run(root);
  tallies.push(tally);
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  console.log(`${tally.failed === 0 ? 'ok    ' : 'FAILED'} ${step.name} (${seconds} s)`);
}
const { passed, failed, skipped, failures } = total(tallies);
for (const failure of failures) console.log(`failed: ${failure}`);
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
process.exitCode = failed === 0 ? 0 : 1;
