import type { SingleBar } from 'cli-progress';
import { formatBytes, formatCount, formatDuration } from './format.ts';

/** How far something has come; totals may grow while it is still being found out. */
export interface Progress {
  readonly done: number;
  readonly total: number;
  readonly bytesDone?: number;
  /** A few words: what is being done now. */
  readonly note?: string;
}

export interface ProgressView {
  update(progress: Progress): void;
  stop(): void;
}

const REDRAWS_PER_SECOND = 8;
const SILENT_MS = 500;
const LINE_EVERY_MS = 10_000;

/** A bar on a terminal, a line every ten seconds elsewhere; nothing for work that ends at once. */
export async function showProgress(
  unit: string,
  now: () => number,
  output: NodeJS.WriteStream = process.stderr,
): Promise<ProgressView> {
  return output.isTTY ? barView(unit, now, output) : lineView(unit, now, output);
}

/** "1,204/5,000 tracks · 312/s · 41.5 MiB/s · 12 s left · sealing" */
export function describeProgress(unit: string, progress: Progress, elapsedMs: number): string {
  const seconds = elapsedMs / 1000;
  const rate = seconds > 0 ? progress.done / seconds : 0;
  const parts = [`${formatCount(progress.done)}/${formatCount(progress.total)} ${unit}`];
  if (rate > 0) parts.push(`${rate >= 10 ? Math.round(rate) : rate.toFixed(1)}/s`);
  if (progress.bytesDone !== undefined && seconds > 0)
    parts.push(`${formatBytes(progress.bytesDone / seconds)}/s`);
  if (rate > 0 && progress.total > progress.done)
    parts.push(`${formatDuration(((progress.total - progress.done) / rate) * 1000)} left`);
  if (progress.note) parts.push(progress.note);
  return parts.join(' · ');
}

async function barView(unit: string, now: () => number, output: NodeJS.WriteStream): Promise<ProgressView> {
  const { SingleBar, Format } = (await import('cli-progress')).default;
  const startedMs = now();
  let bar: SingleBar | undefined;
  return {
    update(progress) {
      if (!bar) {
        if (now() - startedMs < SILENT_MS) return;
        bar = new SingleBar({
          stream: output,
          fps: REDRAWS_PER_SECOND,
          hideCursor: true,
          clearOnComplete: true,
          linewrap: false,
          barsize: 24,
          format: (options, params, payload: { text?: string }) => {
            const width = options.barsize ?? 24;
            const filled = Math.round(params.progress * width);
            const percent = Format.ValueFormat(Math.floor(params.progress * 100), options, 'percentage');
            return `${'━'.repeat(filled)}${'╌'.repeat(width - filled)} ${percent}%  ${payload.text ?? ''}`;
          },
        });
        bar.start(progress.total, progress.done, { text: '' });
      }
      bar.setTotal(progress.total);
      bar.update(progress.done, { text: describeProgress(unit, progress, now() - startedMs) });
    },
    stop: () => bar?.stop(),
  };
}

function lineView(unit: string, now: () => number, output: NodeJS.WriteStream): ProgressView {
  const startedMs = now();
  let lastMs = startedMs;
  return {
    update(progress) {
      if (now() - lastMs < LINE_EVERY_MS) return;
      lastMs = now();
      output.write(`${describeProgress(unit, progress, lastMs - startedMs)}\n`);
    },
    stop: () => undefined,
  };
}
