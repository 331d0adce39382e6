import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiBrowser } from '../../../test/support/api-browser.ts';
import { type GoldenServer, LOGIN_PASSWORD, startGoldenServer } from '../../../test/support/golden-server.ts';
import { SubsonicClient } from '../../../test/support/subsonic-client.ts';
import { type Route, routes } from '../../api/index.ts';

describe('administration through the native API', () => {
  let server: GoldenServer;
  let lena: ApiBrowser;
  let admin: ApiBrowser;
  beforeAll(async () => {
    server = await startGoldenServer();
    lena = await signedIn('lena', LOGIN_PASSWORD);
    admin = await signedIn('admin', LOGIN_PASSWORD);
  });
  afterAll(() => server[Symbol.asyncDispose]());

  async function signedIn(username: string, password: string): Promise<ApiBrowser> {
    const browser = new ApiBrowser(server.baseUrl);
    await browser.call(routes.signIn, { body: { username, password } });
    return browser;
  }

  it('is for administrators', async () => {
    const { accounts, addAccount, changeAccount, resetPassword } = routes;
    const { importProgress, importFindings, startImport } = routes;
    const people: Route[] = [accounts, addAccount, changeAccount, resetPassword];
    const importing: Route[] = [importProgress, importFindings, startImport];
    const guarded = [...people, ...importing];
    for (const { method, path } of guarded) {
      const address = `/api/v1${path.replace(':id', 'us-1')}`;
      const init = { method, headers: { 'x-clef-request': '1' } };
      expect((await lena.fetch(address, init)).status, path).toBe(403);
      expect((await fetch(server.baseUrl + address, init)).status, path).toBe(401);
    }
  });

  it('makes accounts, with a password that is shown once where none was chosen', async () => {
    const made = await admin.call(routes.addAccount, { body: { name: 'Nils', role: 'listener' } });
    await signedIn('nils', made.generatedPassword ?? '');
    const { accounts } = await admin.call(routes.accounts, {});
    expect(accounts.map(({ name }) => name)).toContain('Nils');
    const again = { body: { name: 'NILS', role: 'listener' } } as const;
    expect(await admin.problem(routes.addAccount, again)).toMatchObject({ code: 'user-exists', status: 409 });
    const weak = { body: { name: 'Weak', role: 'listener', password: '12345678' } } as const;
    expect(await admin.problem(routes.addAccount, weak)).toMatchObject({ code: 'weak-passphrase' });
  });

  it('changes roles and shuts accounts, but for the last administrator', async () => {
    const { account } = await admin.call(routes.addAccount, {
      body: { name: 'Otto', role: 'listener', password: LOGIN_PASSWORD },
    });
    const params = { id: account.id };
    const otto = await signedIn('otto', LOGIN_PASSWORD);
    const promoted = await admin.call(routes.changeAccount, { params, body: { role: 'admin' } });
    expect(promoted.role).toBe('admin');
    await otto.call(routes.accounts, {});
    await admin.call(routes.changeAccount, { params, body: { role: 'listener' } });
    expect(await otto.problem(routes.accounts, {})).toMatchObject({ code: 'not-allowed' });
    const shut = await admin.call(routes.changeAccount, { params, body: { disabled: true } });
    expect(shut.disabledAtMs).toBe(server.clock.nowMs);
    expect(await otto.problem(routes.session, {})).toMatchObject({ code: 'not-signed-in' });
    await admin.call(routes.changeAccount, { params, body: { disabled: false } });
    await signedIn('otto', LOGIN_PASSWORD);
    const own = (await admin.call(routes.session, {})).account.id;
    const last = { params: { id: own }, body: { disabled: true } };
    expect(await admin.problem(routes.changeAccount, last)).toMatchObject({ code: 'not-allowed' });
  });

  it('gives an account another password, which ends its sessions', async () => {
    const { account } = await admin.call(routes.addAccount, {
      body: { name: 'Pia', role: 'listener', password: LOGIN_PASSWORD },
    });
    const pia = await signedIn('pia', LOGIN_PASSWORD);
    const params = { id: account.id };
    const { generatedPassword } = await admin.call(routes.resetPassword, { params, body: {} });
    expect(await pia.problem(routes.session, {})).toMatchObject({ code: 'not-signed-in' });
    await signedIn('pia', generatedPassword ?? '');
    const chosen = 'another-otter-piano-7';
    expect(await admin.call(routes.resetPassword, { params, body: { password: chosen } })).toEqual({});
    await signedIn('pia', chosen);
    const weak = { params, body: { password: '12345678' } };
    expect(await admin.problem(routes.resetPassword, weak)).toMatchObject({ code: 'weak-passphrase' });
  });

  it('gives each listener app passwords of their own, after the password and once', async () => {
    const made = await lena.call(routes.addAppPassword, { body: { clientName: 'car' } });
    const player = new SubsonicClient(server.baseUrl, made);
    expect(await player.get('ping')).toMatchObject({ status: 'ok' });
    const { appPasswords } = await lena.call(routes.appPasswords, {});
    expect(appPasswords.map(({ clientName }) => clientName)).toEqual(['phone', 'car']);
    expect(JSON.stringify(appPasswords)).not.toContain(made.password);
    const params = { id: made.id };
    expect(await admin.problem(routes.revokeAppPassword, { params })).toMatchObject({ code: 'not-found' });
    await lena.call(routes.revokeAppPassword, { params });
    expect(await player.call('ping')).toMatchObject({ status: 'failed' });
    server.clock.nowMs += 300_000;
    expect(await lena.problem(routes.addAppPassword, { body: { clientName: 'boat' } })).toMatchObject({
      code: 'password-needed',
    });
  });

  it('changes who may sign in only with a password given lately', async () => {
    server.clock.nowMs += 300_000;
    const { accounts } = await admin.call(routes.accounts, {});
    const params = { id: accounts[0]?.id ?? '' };
    const needed = { code: 'password-needed' };
    const body = { name: 'Quinn', role: 'admin' } as const;
    expect(await admin.problem(routes.addAccount, { body })).toMatchObject(needed);
    expect(await admin.problem(routes.resetPassword, { params, body: {} })).toMatchObject(needed);
    const enabled = { params, body: { disabled: false } };
    expect(await admin.problem(routes.changeAccount, enabled)).toMatchObject(needed);
  });

  it('starts an import, and tells how far it is', async () => {
    expect(await admin.call(routes.importProgress, {})).toMatchObject({
      scanning: false,
      done: 77,
      failed: 0,
    });
    expect(await admin.call(routes.importFindings, {})).toMatchObject({
      unchanged: 77,
      failed: 1,
      faults: [{ path: 'Album/broken.flac', code: 'media-unreadable' }],
    });
    await admin.call(routes.startImport, {});
    expect(await admin.call(routes.importProgress, {})).toMatchObject({ scanning: true });
    expect(server.scan.starts).toBe(1);
  });
});
