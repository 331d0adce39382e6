import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ApiBrowser } from '../../../test/support/api-browser.ts';
import { type GoldenServer, LOGIN_PASSWORD, startGoldenServer } from '../../../test/support/golden-server.ts';
import { routes } from '../../api/index.ts';

const DAY_MS = 86_400_000;

async function newPublicKey() {
  const { publicKey } = await crypto.subtle.generateKey({ name: 'ECDH', namedCurve: 'P-256' }, true, [
    'deriveBits',
  ]);
  const { x = '', y = '' } = await crypto.subtle.exportKey('jwk', publicKey);
  return { kty: 'EC', crv: 'P-256', x, y } as const;
}

describe('the session of a browser', () => {
  let server: GoldenServer;
  let browser: ApiBrowser;
  beforeAll(async () => {
    server = await startGoldenServer();
  });
  afterAll(() => server[Symbol.asyncDispose]());
  beforeEach(async () => {
    server.clock.nowMs += 3_600_000;
    browser = await signedIn();
  });

  async function signedIn(username = 'lena', password = LOGIN_PASSWORD): Promise<ApiBrowser> {
    const fresh = new ApiBrowser(server.baseUrl);
    await fresh.call(routes.signIn, { body: { username, password } });
    return fresh;
  }

  it('begins with the login password, in a cookie that no script reads and no other site sends', async () => {
    expect(browser.lastSetCookie).toMatch(
      /^clef_session=[0-9a-z]+\.[\w-]{43}; Max-Age=2592000; Path=\/; HttpOnly; SameSite=Strict$/,
    );
    const session = await browser.call(routes.session, {});
    expect(session.account).toMatchObject({ name: 'lena', role: 'listener' });
    expect(session.freshUntilMs).toBe(server.clock.nowMs + 300_000);
    expect(session.expiresAtMs).toBe(server.clock.nowMs + 30 * DAY_MS);
  });

  it('is not opened by an app password, a wrong one, or an unknown name', async () => {
    const stranger = new ApiBrowser(server.baseUrl);
    const { password: appPassword } = server.listenerLogin;
    for (const body of [
      { username: 'lena', password: appPassword },
      { username: 'lena', password: 'wrong' },
      { username: 'nobody', password: LOGIN_PASSWORD },
    ]) {
      expect(await stranger.problem(routes.signIn, { body })).toMatchObject({
        code: 'wrong-credentials',
        status: 401,
      });
    }
    expect(stranger.cookie).toBeUndefined();
    expect(await stranger.problem(routes.session, {})).toMatchObject({ code: 'not-signed-in', status: 401 });
  });

  it('lets nobody guess for long', async () => {
    const stranger = new ApiBrowser(server.baseUrl);
    const codes: string[] = [];
    for (let i = 0; i < 12; i++) {
      const body = { username: 'guessed', password: `guess ${i}` };
      codes.push((await stranger.problem(routes.signIn, { body })).code);
    }
    expect(codes.slice(0, 10)).toEqual(Array(10).fill('wrong-credentials'));
    expect(codes.slice(10)).toEqual(['too-many-attempts', 'too-many-attempts']);
  });

  it('goes on for 30 days after its last use, and its cookie with it', async () => {
    server.clock.nowMs += 29 * DAY_MS;
    browser.lastSetCookie = undefined;
    await browser.call(routes.session, {});
    expect(browser.lastSetCookie).toContain('Max-Age=2592000');
    browser.lastSetCookie = undefined;
    server.clock.nowMs += 1_000;
    await browser.call(routes.session, {});
    expect(browser.lastSetCookie).toBeUndefined();
    server.clock.nowMs += 31 * DAY_MS;
    expect(await browser.problem(routes.session, {})).toMatchObject({ code: 'not-signed-in' });
  });

  it('writes nothing to the database for a request', async () => {
    await browser.call(routes.session, {});
    const changes = () =>
      server.library.database.db
        .selectFrom('outbox_entry')
        .select('seq')
        .orderBy('seq', 'desc')
        .executeTakeFirst();
    const sessions = () => server.library.database.db.selectFrom('session').selectAll().execute();
    const before = [await changes(), await sessions()];
    server.clock.nowMs += 60_000;
    await browser.call(routes.session, {});
    await browser.call(routes.devices, {});
    expect([await changes(), await sessions()]).toEqual(before);
  });

  it('keeps no token in the database', async () => {
    const rows = await server.library.database.db.selectFrom('session').selectAll().execute();
    const [, secret = ''] = (browser.cookie ?? '').split('.');
    expect(secret).toHaveLength(43);
    expect(JSON.stringify(rows)).not.toContain(secret);
  });

  it('ends at sign-out, there and nowhere else', async () => {
    const other = await signedIn();
    const kept = browser.cookie;
    await browser.call(routes.signOut, {});
    expect(browser.cookie).toBeUndefined();
    browser.cookie = kept;
    expect(await browser.problem(routes.session, {})).toMatchObject({ code: 'not-signed-in' });
    await other.call(routes.session, {});
  });

  it('takes the place of the one that the browser had', async () => {
    const before = browser.cookie;
    await browser.call(routes.signIn, { body: { username: 'Admin', password: LOGIN_PASSWORD } });
    browser.cookie = before;
    expect(await browser.problem(routes.session, {})).toMatchObject({ code: 'not-signed-in' });
  });

  it('ends with the account, at the next request', async () => {
    const { account } = await server.accounts.createUser(
      { name: 'gone', password: LOGIN_PASSWORD, role: 'listener' },
      'machine',
    );
    const leaving = await signedIn('gone');
    await server.accounts.disable(account.id, 'machine');
    expect(await leaving.problem(routes.session, {})).toMatchObject({ code: 'not-signed-in' });
    await server.accounts.enable(account.id, 'machine');
    expect(await leaving.problem(routes.session, {})).toMatchObject({ code: 'not-signed-in' });
  });

  it('survives its own change of password, and no other does', async () => {
    await server.accounts.createUser({ name: 'mia', password: LOGIN_PASSWORD, role: 'listener' }, 'machine');
    const [here, elsewhere] = [await signedIn('mia'), await signedIn('mia')];
    const next = 'thunder-walnut-kite-4';
    const wrong = { body: { current: 'wrong', next } };
    expect(await here.problem(routes.changePassword, wrong)).toMatchObject({ code: 'wrong-credentials' });
    const weak = { body: { current: LOGIN_PASSWORD, next: 'password' } };
    expect(await here.problem(routes.changePassword, weak)).toMatchObject({ code: 'weak-passphrase' });
    await elsewhere.call(routes.session, {});
    await here.call(routes.changePassword, { body: { current: LOGIN_PASSWORD, next } });
    await here.call(routes.session, {});
    expect(await elsewhere.problem(routes.session, {})).toMatchObject({ code: 'not-signed-in' });
    await signedIn('mia', next);
  });

  it('gives way to newer ones of its account beyond 32', async () => {
    await server.accounts.createUser({ name: 'many', password: LOGIN_PASSWORD, role: 'listener' }, 'machine');
    const first = await signedIn('many');
    for (let i = 0; i < 32; i++) {
      server.clock.nowMs += 1;
      await signedIn('many');
    }
    expect(await first.problem(routes.session, {})).toMatchObject({ code: 'not-signed-in' });
  });

  it('adds a device only while the password is fresh, and tells it apart for people', async () => {
    const publicKey = await newPublicKey();
    server.clock.nowMs += 300_000;
    const body = { name: 'Kitchen', publicKey };
    expect(await browser.problem(routes.addDevice, { body })).toMatchObject({
      code: 'password-needed',
      status: 403,
    });
    const wrong = { body: { password: 'wrong' } };
    expect(await browser.problem(routes.confirmPassword, wrong)).toMatchObject({ code: 'wrong-credentials' });
    expect(await browser.problem(routes.addDevice, { body })).toMatchObject({ code: 'password-needed' });
    await browser.call(routes.confirmPassword, { body: { password: LOGIN_PASSWORD } });
    const device = await browser.call(routes.addDevice, { body });
    expect(device.fingerprint).toMatch(/^(?:\d{5} ){7}\d{5}$/);
    expect((await browser.call(routes.devices, {})).devices).toEqual([device]);
    const again = await browser.call(routes.addDevice, { body: { name: 'Other name', publicKey } });
    expect(again).toEqual(device);
    const [line] = await server.accounts.auditTrail(1);
    expect(line).toMatchObject({ action: 'device-added', actor: server.listener.id, detail: 'Kitchen' });
  });

  it('revokes a device for good, and only one of its own', async () => {
    const publicKey = await newPublicKey();
    const device = await browser.call(routes.addDevice, { body: { name: 'Phone', publicKey } });
    const params = { id: device.id };
    const other = await signedIn('Admin');
    expect(await other.problem(routes.revokeDevice, { params })).toMatchObject({ code: 'not-found' });
    await browser.call(routes.revokeDevice, { params });
    expect(await browser.problem(routes.revokeDevice, { params })).toMatchObject({ code: 'not-found' });
    const body = { name: 'Phone', publicKey };
    expect(await browser.problem(routes.addDevice, { body })).toMatchObject({ code: 'not-allowed' });
  });

  it('refuses as a device what is no point of the curve', async () => {
    const { x } = await newPublicKey();
    const publicKey = { kty: 'EC', crv: 'P-256', x, y: x } as const;
    const body = { name: 'Forged', publicKey };
    expect(await browser.problem(routes.addDevice, { body })).toMatchObject({ code: 'bad-request' });
  });
});

describe('the session of a browser behind a proxy with TLS, under a sub-path', () => {
  it('has a cookie for HTTPS and for that path alone', async () => {
    await using server = await startGoldenServer({
      baseUrl: 'https://music.example.org/clef',
      trustedProxies: ['loopback'],
    });
    const browser = new ApiBrowser(server.baseUrl);
    await browser.fetch('/api/v1/session', {
      method: 'POST',
      headers: {
        'x-clef-request': '1',
        'content-type': 'application/json',
        origin: 'https://music.example.org',
        'x-forwarded-proto': 'https',
      },
      body: JSON.stringify({ username: 'lena', password: LOGIN_PASSWORD }),
    });
    expect(browser.lastSetCookie).toMatch(/Path=\/clef; HttpOnly; Secure; SameSite=Strict$/);
    await browser.call(routes.session, {});
    await browser.call(routes.signOut, {});
  });
});
