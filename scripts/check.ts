/** `npm run check`: every test and every guard; the last line counts them. */
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureDebianPackages } from './check/debian.ts';
import { steps } from './check/steps.ts';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

const missing = ensureDebianPackages();
if (missing.length > 0) {
  console.log(`Tests that need these Debian packages will be skipped: ${missing.join(' ')}`);
}

const total = { passed: 0, failed: 0, skipped: 0 };
for (const step of steps) {
  const startedMs = performance.now();
  const { passed, failed, skipped } = await step.run(root);
  total.passed += passed;
  total.failed += failed;
  total.skipped += skipped;
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  console.log(`${failed === 0 ? 'ok    ' : 'FAILED'} ${step.name} (${seconds} s)`);
}
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exitCode = total.failed === 0 ? 0 : 1;
