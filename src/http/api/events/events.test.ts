import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ApiBrowser } from '../../../../test/support/api-browser.ts';
import { EventListener } from '../../../../test/support/event-listener.ts';
import {
  type GoldenServer,
  LOGIN_PASSWORD,
  startGoldenServer,
} from '../../../../test/support/golden-server.ts';
import { patternBytes } from '../../../../test/support/vault.ts';
import { routes } from '../../../api/index.ts';

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
    await using other = await EventListener.open(await signedIn('lena'));
    await using same = await EventListener.open(lena);
    await using stranger = await EventListener.open(await signedIn('admin'));
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
    await using listener = await EventListener.open(lena);
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
    await using listener = await EventListener.open(admin);
    await using other = await EventListener.open(lena);
    await admin.call(routes.startImport, {});
    expect(await listener.next()).toMatchObject({ kind: 'import-progress', progress: { scanning: true } });
    await server.library.add(newTrack('seen by both'));
    expect(await other.next()).toMatchObject({ kind: 'library-changed' });
  });

  it('end with their session: at sign-out, with the password, and with the account', async () => {
    await using bySignOut = await EventListener.open(lena);
    await lena.call(routes.signOut, {});
    expect(await bySignOut.next()).toEqual({ kind: 'session-ended' });
    expect(await bySignOut.next()).toBeUndefined();

    await using byPassword = await EventListener.open(await signedIn('lena'));
    await server.accounts.setPassword(server.listener.id, LOGIN_PASSWORD, 'machine');
    expect(await byPassword.next()).toEqual({ kind: 'session-ended' });

    await using byAccount = await EventListener.open(await signedIn('lena'));
    await server.accounts.disable(server.listener.id, 'machine');
    expect(await byAccount.next()).toEqual({ kind: 'session-ended' });
    expect(await byAccount.next()).toBeUndefined();
  });

  it('end at once when the server stops, and keep it from nothing', async () => {
    await using listener = await EventListener.open(lena);
    const closed = server.http.close();
    expect(await listener.next()).toBeUndefined();
    await closed;
  });

  it('are closed oldest first beyond 64 of one account', async () => {
    await using oldest = await EventListener.open(lena);
    const others: EventListener[] = [];
    for (let i = 0; i < 64; i++) others.push(await EventListener.open(lena));
    expect(await oldest.next()).toBeUndefined();
    for (const other of others) await other[Symbol.asyncDispose]();
  });
});
