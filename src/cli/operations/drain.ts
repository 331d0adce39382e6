import * as v from 'valibot';
import { ClefError } from '../../core/index.ts';
import type { Drain, DrainProgress } from '../app/drain.ts';

const LONGEST_MS = 86_400_000;

const drainArgs = v.object({
  withinMs: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(LONGEST_MS)),
});

/** What only a server that runs can be asked for, over its control socket. It goes on where whoever asked is gone. */
export const drainServer = {
  name: 'server.drain',
  async run(
    drain: Drain,
    args: unknown,
    context: { readonly signal: AbortSignal; readonly onProgress: (progress: DrainProgress) => void },
  ): Promise<DrainProgress> {
    const { success, output } = v.safeParse(drainArgs, args);
    if (!success) throw new ClefError('bad-request', 'server.drain: withinMs is no time');
    const gone = drain.follow(context.onProgress, context.signal);
    drain.ask(output.withinMs);
    return gone;
  },
} as const;
