import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** What ffmpeg's own parsers say of a file or URL, tag names in lower case. */
export interface Probed {
  readonly durationMs: number;
  readonly tags: Readonly<Record<string, string>>;
}

export async function ffprobe(input: string): Promise<Probed> {
  const { stdout } = await run('ffprobe', [
    '-v',
    'error',
    '-show_entries',
    'format=duration:format_tags:stream_tags',
    '-of',
    'json',
    input,
  ]);
  const { format, streams } = JSON.parse(stdout) as {
    format: { duration: string; tags?: Record<string, string> };
    streams: { tags?: Record<string, string> }[];
  };
  const tags = Object.entries({ ...streams[0]?.tags, ...format.tags }).map(([name, value]) => [
    name.toLowerCase(),
    value,
  ]);
  return {
    durationMs: Number(format.duration) * 1000,
    tags: Object.fromEntries(tags) as Record<string, string>,
  };
}
