import * as v from 'valibot';
import { ClefError } from '../../core/index.ts';
import type { Tracks } from '../port.ts';
import type { SoundPrograms } from './ffmpeg-sound.ts';
import { FetchedTrack } from './fetched-track.ts';

/** Of the protocol of players, in which tracks are asked for. */
const PROTOCOL = { v: '1.16.1', c: 'clef-speaker', f: 'json' };
/** Nothing has this id, or the key is none: to ask again would not help. */
const LASTING_CODES: ReadonlyMap<number, 'not-found' | 'invalid-api-key'> = new Map([
  [70, 'not-found'],
  [44, 'invalid-api-key'],
]);

const failureDocument = v.object({
  'subsonic-response': v.object({ error: v.object({ code: v.number(), message: v.string() }) }),
});

export interface TracksOptions {
  /** With the base path, without a slash at its end. */
  readonly baseUrl: string;
  readonly apiKey: string;
  readonly programs: SoundPrograms;
  /** A folder that is memory. */
  readonly folder: string;
  readonly rateHz: number;
}

/** Originals, as the server has them: what decodes them here is what would make renditions there. */
export function createTracks({ baseUrl, apiKey, programs, folder, rateHz }: TracksOptions): Tracks {
  return {
    rateHz,
    open: (trackId) => {
      const address = `${baseUrl}/rest/stream?${new URLSearchParams({ id: trackId, ...PROTOCOL })}`;
      const request = async (headers: Record<string, string>, signal: AbortSignal) => {
        const all = { authorization: `Bearer ${apiKey}`, ...headers };
        const response = await fetch(address, { headers: all, signal });
        // Failures are documents, under status 200.
        if (response.headers.get('content-type')?.includes('json')) throw await failureOf(response);
        return response;
      };
      return new FetchedTrack({ request, programs, folder, rateHz });
    },
  };
}

async function failureOf(response: Response): Promise<ClefError> {
  const said = v.safeParse(failureDocument, await response.json().catch(() => undefined));
  if (!said.success) return new ClefError('not-ready', `the server answered ${response.status}`);
  const { code, message } = said.output['subsonic-response'].error;
  return new ClefError(LASTING_CODES.get(code) ?? 'not-ready', message);
}
