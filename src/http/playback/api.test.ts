import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ApiBrowser } from '../../../test/support/api-browser.ts';
import { type GoldenServer, LOGIN_PASSWORD, startGoldenServer } from '../../../test/support/golden-server.ts';
import { SessionDevice, ticketOf } from '../../../test/support/session-device.ts';
import { queueOf } from '../../../test/support/session-script.ts';
import { routes } from '../../api/index.ts';

describe('playback sessions in the native API', () => {
  let server: GoldenServer;
  let lena: ApiBrowser;
  let devices: SessionDevice[];
  beforeAll(async () => {
    server = await startGoldenServer({ gateway: { lookMs: 5, presenceMs: 5 } });
  });
  afterAll(() => server[Symbol.asyncDispose]());
  beforeEach(async () => {
    devices = [];
    lena = await signedIn('lena');
  });
  afterEach(() => {
    for (const device of devices) device.close();
  });

  async function signedIn(username: string): Promise<ApiBrowser> {
    const browser = new ApiBrowser(server.baseUrl);
    await browser.call(routes.signIn, { body: { username, password: LOGIN_PASSWORD } });
    return browser;
  }

  async function join(
    options: Partial<Parameters<typeof SessionDevice.join>[0]> = {},
    browser = lena,
  ): Promise<SessionDevice> {
    const { baseUrl } = server;
    const device = await SessionDevice.join({ baseUrl, ticket: await ticketOf(browser), ...options });
    devices.push(device);
    return device;
  }

  it('have a ticket of their own: one for playing lets nobody in', async () => {
    const body = { name: 'Phone', publicKey: await publicKey() };
    const { id } = await lena.call(routes.addDevice, { body });
    const [track] = (await lena.call(routes.tracks, {})).tracks;
    const play = { trackId: track?.id ?? '', deviceId: id, decodable: ['pcm' as const] };
    const answer = await lena.call(routes.play, { body: play });
    const ticket = answer.kind === 'ready' ? answer.ticket : '';
    const device = await SessionDevice.hello({ baseUrl: server.baseUrl, ticket });
    expect((await device.ended()).reason).toBe('ticket-refused');
  });

  it('are closed to a device at once: at sign-out, with another password, and with the account', async () => {
    const bySignOut = await join();
    await lena.call(routes.signOut, {});
    expect((await bySignOut.ended()).code).toBe(4401);
    const byPassword = await join({}, await signedIn('lena'));
    await server.accounts.setPassword(server.listener.id, LOGIN_PASSWORD, 'machine');
    expect((await byPassword.ended()).code).toBe(4401);
    const byAccount = await join({}, await signedIn('lena'));
    await server.accounts.disable(server.listener.id, 'machine');
    expect((await byAccount.ended()).code).toBe(4401);
    await server.accounts.enable(server.listener.id, 'machine');
  });

  it('let a program in by an API key, until that is revoked or its account disabled, and not by a guess', async () => {
    const { listener, credentialOffice } = server;
    const askWith = (key: string, headers: Record<string, string> = { 'x-clef-request': '1' }) =>
      fetch(`${server.baseUrl}/api/v1/playback/ticket`, {
        method: 'POST',
        headers: { ...headers, authorization: `Bearer ${key}` },
      });
    const joinWith = async (key: string) => {
      const { ticket } = (await (await askWith(key)).json()) as { ticket: string };
      return join({ ticket, kind: 'speaker' });
    };
    const first = await credentialOffice.createApiKey(listener.id, 'kitchen', 'machine');
    const second = await credentialOffice.createApiKey(listener.id, 'bath', 'machine');
    const [kitchen, bath] = [await joinWith(first.key), await joinWith(second.key)];
    await credentialOffice.revoke(listener.id, first.id, 'machine');
    expect((await kitchen.ended()).code).toBe(4401);
    expect(bath.closed).toBeUndefined();
    expect((await askWith(first.key)).status).toBe(401);
    expect(await (await askWith('clef_guess')).json()).toMatchObject({ code: 'invalid-api-key' });
    expect((await askWith(second.key, {})).status).toBe(403);
    await server.accounts.disable(listener.id, 'machine');
    expect((await bath.ended()).code).toBe(4401);
    await server.accounts.enable(listener.id, 'machine');
  });

  it('open nothing else of the native API to a program with an API key', async () => {
    const { key } = await server.credentialOffice.createApiKey(server.listener.id, 'script', 'machine');
    const headers = { authorization: `Bearer ${key}`, 'x-clef-request': '1' };
    for (const path of ['tracks', 'playback/sessions', 'session'])
      expect((await fetch(`${server.baseUrl}/api/v1/${path}`, { headers })).status).toBe(401);
  });

  it('are listed with what they play, and forgotten when they are told to be', async () => {
    const phone = await join({ sessionId: 'C'.repeat(16) });
    await phone.play();
    await phone.do(queueOf([60]));
    await phone.do({ type: 'rename', name: 'Kitchen' });
    const { sessions } = await lena.call(routes.playbackSessions, {});
    expect(sessions).toEqual([
      {
        sessionId: 'C'.repeat(16),
        name: 'Kitchen',
        changedAtMs: expect.any(Number),
        live: { playing: true, trackId: 'tr-0', outputs: [phone.instanceId] },
      },
    ]);
    const params = { id: 'C'.repeat(16) };
    const refused = await lena.problem(routes.removePlaybackSession, { params });
    expect(refused).toMatchObject({ code: 'session-in-use', status: 409 });
    phone.watch('main');
    await expect.poll(() => phone.state?.name).toBe('Music');
    await lena.call(routes.removePlaybackSession, { params });
    expect((await lena.call(routes.playbackSessions, {})).sessions).toEqual([]);
    phone.watch('C'.repeat(16));
    await expect.poll(() => phone.state?.queue.items).toEqual([]);
  });

  it('are met over a WebSocket, and over nothing else', async () => {
    const answer = await fetch(`${server.baseUrl}/api/v1/playback/socket`);
    expect(answer.status).toBe(426);
    expect(answer.headers.get('upgrade')).toBe('websocket');
    expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    const post = await fetch(`${server.baseUrl}/api/v1/playback/socket`, { method: 'POST' });
    expect(post.status).toBe(404);
  });

  it('are nobody else’s', async () => {
    await (await join()).do({ type: 'rename', name: 'Mine' });
    const admin = await signedIn('admin');
    expect((await admin.call(routes.playbackSessions, {})).sessions).toEqual([]);
    expect((await fetch(`${server.baseUrl}/api/v1/playback/sessions`)).status).toBe(401);
  });
});

async function publicKey() {
  const curve = { name: 'ECDH', namedCurve: 'P-256' };
  const { publicKey: key } = await crypto.subtle.generateKey(curve, true, ['deriveBits']);
  const { x = '', y = '' } = await crypto.subtle.exportKey('jwk', key);
  return { kty: 'EC', crv: 'P-256', x, y } as const;
}
