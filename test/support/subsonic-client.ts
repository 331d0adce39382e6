import { createHash, randomBytes } from 'node:crypto';
import type { Credentials } from './clef-process.ts';

/** Any answer of OpenSubsonic; tests look at the part that they are about. */
export interface SubsonicAnswer {
  readonly status: 'ok' | 'failed';
  readonly error?: { readonly code: number; readonly message: string };
  // biome-ignore lint/suspicious/noExplicitAny: wire documents are checked against the schema elsewhere
  // oxlint-disable-next-line typescript/no-explicit-any -- wire documents are checked against the schema elsewhere
  readonly [part: string]: any;
}

/** Signs with token and salt, as players do. */
export class SubsonicClient {
  readonly #baseUrl: string;
  readonly #credentials: Credentials;
  readonly #name: string;

  constructor(baseUrl: string, credentials: Credentials, name = 'test') {
    this.#baseUrl = baseUrl;
    this.#credentials = credentials;
    this.#name = name;
  }

  url(method: string, parameters: Record<string, string | number | readonly string[]> = {}): string {
    const salt = randomBytes(8).toString('hex');
    const token = createHash('md5')
      .update(this.#credentials.password + salt)
      .digest('hex');
    const query = new URLSearchParams({
      u: this.#credentials.username,
      t: token,
      s: salt,
      v: '1.16.1',
      c: this.#name,
      f: 'json',
    });
    for (const [name, value] of Object.entries(parameters)) {
      for (const one of Array.isArray(value) ? (value as readonly string[]) : [String(value)])
        query.append(name, one);
    }
    return `${this.#baseUrl}/rest/${method}?${query}`;
  }

  async call(
    method: string,
    parameters: Record<string, string | number | readonly string[]> = {},
  ): Promise<SubsonicAnswer> {
    const response = await fetch(this.url(method, parameters));
    const body = (await response.json()) as { 'subsonic-response': SubsonicAnswer };
    return body['subsonic-response'];
  }

  /** Like `call`, but an answer that is not ok throws. */
  async get(
    method: string,
    parameters: Record<string, string | number | readonly string[]> = {},
  ): Promise<SubsonicAnswer> {
    const answer = await this.call(method, parameters);
    if (answer.status !== 'ok') throw new Error(`${method}: ${answer.error?.code} ${answer.error?.message}`);
    return answer;
  }

  /** Every song, page by page, as an empty search3 query lists them. */
  async allSongs(): Promise<readonly Record<string, unknown>[]> {
    const songs: Record<string, unknown>[] = [];
    for (;;) {
      const answer = await this.get('search3', {
        query: '',
        songCount: 500,
        songOffset: songs.length,
        albumCount: 0,
        artistCount: 0,
      });
      const page = (answer.searchResult3?.song ?? []) as Record<string, unknown>[];
      songs.push(...page);
      if (page.length < 500) return songs;
    }
  }
}
