import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { Agent, get, type IncomingMessage } from 'node:http';
import { get as getSecurely } from 'node:https';
import { setTimeout as wait } from 'node:timers/promises';

/** What a plain GET came to: no Range, no second try. */
export interface PlayedStream {
  /** Absent where nobody answered. A refusal is no audio, and has status 200. */
  readonly mediaType: string | undefined;
  readonly bytes: number;
  /** SHA-256, hexadecimal. */
  readonly hash: string;
  /** The answer ended as it had said. */
  readonly isWhole: boolean;
  /** The longest that it waited for bytes, beyond its own pace, in ms. */
  readonly stallMs: number;
}

const agent = new Agent({ keepAlive: false });

interface PaceOptions {
  /** Once aborted, the rest is taken as fast as it comes. */
  readonly hurry?: AbortSignal;
  /** Whom to believe, over https. */
  readonly ca?: string;
}

/** Takes a stream no faster than so many bytes a second, as a player does whose buffer is full. */
export async function playPaced(
  url: string,
  bytesPerSecond: number,
  { hurry, ca }: PaceOptions = {},
): Promise<PlayedStream> {
  const asked = ca === undefined ? get(url, { agent }) : getSecurely(url, { agent: false, ca });
  const hash = createHash('sha256');
  let bytes = 0;
  let stallMs = 0;
  let isWhole = false;
  let mediaType: string | undefined;
  try {
    const [answer] = (await once(asked, 'response')) as [IncomingMessage];
    mediaType = answer.headers['content-type'];
    const startedMs = performance.now();
    let askedMs = startedMs;
    for await (const part of answer as AsyncIterable<Buffer>) {
      stallMs = Math.max(stallMs, performance.now() - askedMs);
      hash.update(part);
      bytes += part.length;
      const aheadMs = (bytes / bytesPerSecond) * 1_000 - (performance.now() - startedMs);
      if (aheadMs > 1 && !hurry?.aborted)
        await wait(aheadMs, undefined, { ...(hurry && { signal: hurry }) }).catch(() => undefined);
      askedMs = performance.now();
    }
    isWhole = answer.complete && bytes === Number(answer.headers['content-length']);
  } catch {
    // Cut: that is what it came to.
  }
  return { mediaType, bytes, hash: hash.digest('hex'), isWhole, stallMs };
}
