// A process of its own, so that its work is not counted as the server's: reads a LoadJob on standard input,
// writes the report on standard output.
import { text } from 'node:stream/consumers';
import { loadListeners } from './listen-load.ts';
import type { LoadJob } from './load-job.ts';
import { loadRanges } from './range-load.ts';

const job = JSON.parse(await text(process.stdin)) as LoadJob;
const report = job.kind === 'ranges' ? await loadRanges(job) : await loadListeners(job);
process.stdout.write(JSON.stringify(report));
