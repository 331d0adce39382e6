import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ApiBrowser } from '../../../../test/support/api-browser.ts';
import {
  type GoldenServer,
  LOGIN_PASSWORD,
  startGoldenServer,
} from '../../../../test/support/golden-server.ts';
import { patternBytes } from '../../../../test/support/vault.ts';
import * as v from 'valibot';
import { routes, serverEvent, type ServerEvent } from '../../../api/index.ts';

/** Reads events one by one, each held against the contract. */
class Listener implements AsyncDisposable {
  readonly #reader: ReadableStreamDefaultReader<string>;
  #text = '';

  private constructor(body: ReadableStream<Uint8Array<ArrayBuffer>>) {
    this.#reader = body.pipeThrough(new TextDecoderStream()).getReader();
  }

  static async open(browser: ApiBrowser): Promise<Listener> {
    const response = await browser.fetch('/api/v1/events');
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    if (!response.body) throw new Error('the stream has no body');
    return new Listener(response.body);
  }

  /** Undefined once the server has ended the stream. */
  async next(): Promise<ServerEvent | undefined> {
    for (;;) {
      const end = this.#text.indexOf('\n\n');
      if (end >= 0) {
        const block = this.#text.slice(0, end);
        this.#text = this.#text.slice(end + 2);
        if (block.startsWith('data: ')) return v.parse(serverEvent, JSON.parse(block.slice(6)));
        continue;
      }
      const { value, done } = await this.#reader.read();
      if (done) return undefined;
      this.#text += value;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#reader.cancel().catch(() => undefined);
  }
}

describe('events of the native API', () => {
  let server: GoldenServer;
  let lena: ApiBrowser;
  beforeEach(async () => {
    server = await startGoldenServer();
    lena = await signedIn('lena');
  });
  afterEach(() => server[Symbol.asyncDispose]());

  async function signedIn(username: string): Promise<ApiBrowser> {
    const browser = new ApiBrowser(server.baseUrl);
    await browser.call(routes.signIn, { body: { username, password: LOGIN_PASSWORD } });
    return browser;
  }

  async function addDevice(browser: ApiBrowser) {
    const curve = { name: 'ECDH', namedCurve: 'P-256' };
    const { publicKey } = await crypto.subtle.generateKey(curve, true, ['deriveBits']);
    const { x = '', y = '' } = await crypto.subtle.exportKey('jwk', publicKey);
    const body = { name: 'Phone', publicKey: { kty: 'EC', crv: 'P-256', x, y } } as const;
    return browser.call(routes.addDevice, { body });
  }

  it('are for those who are signed in', async () => {
    expect((await fetch(`${server.baseUrl}/api/v1/events`)).status).toBe(401);
  });

  it('announce a new device on the other sessions of its account, and its revocation on all', async () => {
    await using other = await Listener.open(await signedIn('lena'));
    await using same = await Listener.open(lena);
    await using stranger = await Listener.open(await signedIn('admin'));
    const device = await addDevice(lena);
    expect(await other.next()).toEqual({ kind: 'device-added', device });
    await lena.call(routes.revokeDevice, { params: { id: device.id } });
    const gone = { kind: 'device-revoked', deviceId: device.id };
    expect(await other.next()).toEqual(gone);
    expect(await same.next()).toEqual(gone);
    await server.library.add(newTrack('a'));
    expect(await stranger.next()).toMatchObject({ kind: 'library-changed' });
  });

  const newTrack = (title: string) => ({
    tags: { title },
    bytes: patternBytes(100 + title.length),
    durationMs: 1_000,
    mediaType: 'audio/wav',
    suffix: 'wav',
  });

  it('say that the library changed, and nothing of what others play and like', async () => {
    await using listener = await Listener.open(lena);
    const admin = await signedIn('admin');
    const id = (await admin.call(routes.tracks, {})).tracks[0]?.id ?? '';
    await admin.call(routes.like, { params: { id } });
    await admin.call(routes.recordPlay, { body: { trackId: id, playedAtMs: 5 } });
    server.clock.nowMs += 1;
    await server.library.add(newTrack('new'));
    expect(await listener.next()).toEqual({ kind: 'library-changed', atMs: server.clock.nowMs });
  });

  it('tell administrators how an import goes', async () => {
    const admin = await signedIn('admin');
    await using listener = await Listener.open(admin);
    await using other = await Listener.open(lena);
    await admin.call(routes.startImport, {});
    expect(await listener.next()).toMatchObject({ kind: 'import-progress', progress: { scanning: true } });
    await server.library.add(newTrack('seen by both'));
    expect(await other.next()).toMatchObject({ kind: 'library-changed' });
  });

  it('end with their session: at sign-out, with the password, and with the account', async () => {
    await using bySignOut = await Listener.open(lena);
    await lena.call(routes.signOut, {});
    expect(await bySignOut.next()).toEqual({ kind: 'session-ended' });
    expect(await bySignOut.next()).toBeUndefined();

    await using byPassword = await Listener.open(await signedIn('lena'));
    await server.accounts.setPassword(server.listener.id, LOGIN_PASSWORD, 'machine');
    expect(await byPassword.next()).toEqual({ kind: 'session-ended' });

    await using byAccount = await Listener.open(await signedIn('lena'));
    await server.accounts.disable(server.listener.id, 'machine');
    expect(await byAccount.next()).toEqual({ kind: 'session-ended' });
    expect(await byAccount.next()).toBeUndefined();
  });

  it('end at once when the server stops, and keep it from nothing', async () => {
    await using listener = await Listener.open(lena);
    const closed = server.http.close();
    expect(await listener.next()).toBeUndefined();
    await closed;
  });

  it('are closed oldest first beyond 64 of one account', async () => {
    await using oldest = await Listener.open(lena);
    const others: Listener[] = [];
    for (let i = 0; i < 64; i++) others.push(await Listener.open(lena));
    expect(await oldest.next()).toBeUndefined();
    for (const other of others) await other[Symbol.asyncDispose]();
  });
});
