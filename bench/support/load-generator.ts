// A process of its own, so that its work is not counted as the server's: reads a LoadJob on standard input,
// writes the report on standard output.
import { text } from 'node:stream/consumers';
import { loadDevices } from './fanout-load.ts';
import { loadListeners } from './listen-load.ts';
import type { LoadJob } from './load-job.ts';
import { loadRanges } from './range-load.ts';

const job = JSON.parse(await text(process.stdin)) as LoadJob;
process.stdout.write(JSON.stringify(await reportOf(job)));

function reportOf(work: LoadJob): Promise<unknown> {
  switch (work.kind) {
    case 'ranges':
      return loadRanges(work);
    case 'listen':
      return loadListeners(work);
    default:
      return loadDevices(work);
  }
}
