import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type GoldenServer, LOGIN_PASSWORD, startGoldenServer } from '../support/golden-server.ts';
import type { SubsonicAnswer } from '../support/subsonic-client.ts';

let server: GoldenServer;
let key: string;

beforeAll(async () => {
  server = await startGoldenServer();
  key = (await server.credentialOffice.createApiKey(server.listener.id, 'script', 'machine')).key;
});
afterAll(() => server[Symbol.asyncDispose]());

async function call(
  endpoint: string,
  params: Readonly<Record<string, string>>,
  headers: Readonly<Record<string, string>> = {},
): Promise<SubsonicAnswer> {
  const query = new URLSearchParams({ v: '1.16.1', c: 'test', f: 'json', ...params });
  const response = await fetch(`${server.baseUrl}/rest/${endpoint}?${query}`, { headers });
  expect(response.status).toBe(200);
  return ((await response.json()) as { 'subsonic-response': SubsonicAnswer })['subsonic-response'];
}

const ok = { status: 'ok' };
const failed = (code: number) => ({ status: 'failed', error: { code } });

describe('signing in', () => {
  it('works with a password, plain or in hexadecimal, a token, or an API key', async () => {
    const { username, password } = server.listenerLogin;
    const token = createHash('md5').update(`${password}pepper`).digest('hex');
    expect(await call('ping', { u: username, p: password })).toMatchObject(ok);
    expect(
      await call('ping', { u: username, p: `enc:${Buffer.from(password).toString('hex')}` }),
    ).toMatchObject(ok);
    expect(await call('ping', { u: username, t: token, s: 'pepper' })).toMatchObject(ok);
    expect(await call('ping', { apiKey: key })).toMatchObject(ok);
  });

  it('never works with a login password', async () => {
    const { name } = server.listener;
    const token = createHash('md5').update(`${LOGIN_PASSWORD}pepper`).digest('hex');
    expect(await call('ping', { u: name, p: LOGIN_PASSWORD })).toMatchObject(failed(40));
    expect(await call('ping', { u: name, t: token, s: 'pepper' })).toMatchObject(failed(40));
  });

  it('fails with 40 on a wrong password, token or user', async () => {
    const { username, password } = server.listenerLogin;
    expect(await call('ping', { u: username, p: `${password}x` })).toMatchObject(failed(40));
    expect(await call('ping', { u: username, t: '0'.repeat(32), s: 'x' })).toMatchObject(failed(40));
    expect(await call('ping', { u: username, t: 'short', s: 'x' })).toMatchObject(failed(40));
    expect(await call('ping', { u: 'nobody', p: password })).toMatchObject(failed(40));
  });

  it('fails with 41 on a token where the account has API keys only', async () => {
    const { account } = await server.accounts.createUser(
      { name: 'keys', password: LOGIN_PASSWORD, role: 'listener' },
      'machine',
    );
    await server.credentialOffice.createApiKey(account.id, 'script', 'machine');
    expect(await call('ping', { u: 'keys', t: '0'.repeat(32), s: 'x' })).toMatchObject(failed(41));
  });

  it('takes an API key from a header, where nothing that writes down addresses has it', async () => {
    const bearer = (secret: string) => ({ authorization: `Bearer ${secret}` });
    expect(await call('ping', {}, bearer(key))).toMatchObject(ok);
    expect(await call('ping', {}, bearer(`${key}x`))).toMatchObject(failed(44));
  });

  it('fails with 42 on whatever else HTTP has for it', async () => {
    const basic = `Basic ${Buffer.from('a:b').toString('base64')}`;
    expect(await call('ping', {}, { authorization: basic })).toMatchObject(failed(42));
  });

  it('fails with 43 where two ways are mixed', async () => {
    const { username, password } = server.listenerLogin;
    expect(await call('ping', { apiKey: key, u: username })).toMatchObject(failed(43));
    expect(await call('ping', { apiKey: key, p: password })).toMatchObject(failed(43));
    expect(await call('ping', { u: username, p: password, t: 'x', s: 'y' })).toMatchObject(failed(43));
  });

  it('fails with 44 on an API key that is none', async () => {
    expect(await call('ping', { apiKey: 'guess' })).toMatchObject(failed(44));
    expect(await call('tokenInfo', { apiKey: `${key}x` })).toMatchObject(failed(44));
  });

  it('fails with 10 where something is missing', async () => {
    const { username, password } = server.listenerLogin;
    expect(await call('ping', {})).toMatchObject(failed(10));
    expect(await call('ping', { u: username })).toMatchObject(failed(10));
    expect(await call('ping', { u: username, t: '0'.repeat(32) })).toMatchObject(failed(10));
    const query = new URLSearchParams({ u: username, p: password, f: 'json' });
    const response = await fetch(`${server.baseUrl}/rest/ping?${query}`);
    expect(await response.json()).toMatchObject({ 'subsonic-response': failed(10) });
  });

  it('is asked for by everything but the list of extensions', async () => {
    expect((await call('getOpenSubsonicExtensions', {})).openSubsonicExtensions).toContainEqual({
      name: 'apiKeyAuthentication',
      versions: [1],
    });
    for (const endpoint of ['getArtists', 'stream', 'download', 'getCoverArt', 'getAvatar', 'getUser']) {
      expect(await call(endpoint, { id: 'tr-1' }), endpoint).toMatchObject(failed(10));
    }
  });

  it('ends with a revoked credential and a disabled account', async () => {
    const { account } = await server.accounts.createUser(
      { name: 'guest', password: LOGIN_PASSWORD, role: 'listener' },
      'machine',
    );
    const login = await server.credentialOffice.createAppPassword(account.id, 'one', 'machine');
    const other = await server.credentialOffice.createAppPassword(account.id, 'two', 'machine');
    const ping = ({ password }: { password: string }) => call('ping', { u: 'guest', p: password });
    expect(await ping(login)).toMatchObject(ok);
    await server.credentialOffice.revoke(account.id, login.id, 'machine');
    expect(await ping(login)).toMatchObject(failed(40));
    expect(await ping(other)).toMatchObject(ok);
    await server.accounts.disable(account.id, 'machine');
    expect(await ping(other)).toMatchObject(failed(40));
  });
});

describe('who may do what', () => {
  it('tokenInfo tells whose an API key is', async () => {
    expect((await call('tokenInfo', { apiKey: key })).tokenInfo).toEqual({ username: 'lena' });
    const { username, password } = server.listenerLogin;
    expect(await call('tokenInfo', { u: username, p: password })).toMatchObject(failed(44));
  });

  it('only an administrator starts a scan or looks at others', async () => {
    const listener = server.listenerClient;
    expect(await listener.call('startScan')).toMatchObject(failed(50));
    expect(await listener.call('getUser', { username: 'Admin' })).toMatchObject(failed(50));
    expect(await listener.call('getUser', { username: 'nobody' })).toMatchObject(failed(50));
    expect(await listener.call('getPlaylists', { username: 'Admin' })).toMatchObject(failed(50));
    expect((await listener.get('getUser', { username: 'LENA' })).user).toMatchObject({
      username: 'lena',
      adminRole: false,
      streamRole: true,
    });
    expect((await server.client.get('getUser', { username: 'lena' })).user).toMatchObject({
      adminRole: false,
    });
    expect(server.scan.starts).toBe(0);
    await server.client.get('startScan');
    expect(server.scan.starts).toBe(1);
  });

  it('nobody changes what is not theirs', async () => {
    const { playlist } = await server.client.get('createPlaylist', { name: 'Mine' });
    const id = String(playlist.id);
    const listener = server.listenerClient;
    expect(await listener.call('getPlaylist', { id })).toMatchObject({ status: 'failed' });
    await server.client.get('updatePlaylist', { playlistId: id, public: 'true' });
    expect((await listener.get('getPlaylist', { id })).playlist).toMatchObject({
      owner: 'Admin',
      readonly: true,
    });
    expect(await listener.call('deletePlaylist', { id })).toMatchObject(failed(50));
    expect(await listener.call('updatePlaylist', { playlistId: id, name: 'Yours' })).toMatchObject(
      failed(50),
    );
  });
});
