import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiBrowser } from '../../../test/support/api-browser.ts';
import { type GoldenServer, LOGIN_PASSWORD, startGoldenServer } from '../../../test/support/golden-server.ts';
import { type Route, routes } from '../../api/index.ts';

describe('the native API', () => {
  let server: GoldenServer;
  let browser: ApiBrowser;
  beforeAll(async () => {
    server = await startGoldenServer();
    browser = new ApiBrowser(server.baseUrl);
    await browser.call(routes.signIn, { body: { username: 'lena', password: LOGIN_PASSWORD } });
  });
  afterAll(() => server[Symbol.asyncDispose]());

  const post = (body: string, headers: Record<string, string>) =>
    fetch(`${server.baseUrl}/api/v1/session`, { method: 'POST', headers, body });
  const right = { 'x-clef-request': '1', 'content-type': 'application/json' };
  const login = JSON.stringify({ username: 'lena', password: LOGIN_PASSWORD });

  it('tells what is wrong as a problem, and never repeats what was sent', async () => {
    const response = await post(JSON.stringify({ username: 5, password: 'x'.repeat(2_000) }), right);
    expect(response.status).toBe(400);
    expect(response.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
    expect(response.headers.get('cache-control')).toBe('no-store');
    const problem = await response.json();
    expect(problem).toMatchObject({ code: 'bad-request', status: 400, retryable: false });
    expect((problem as { title: string }).title).toMatch(
      /^username in the body must be string; password in the body must be <=1024$/,
    );
  });

  it('says what is missing', async () => {
    const response = await post('{}', right);
    expect(await response.json()).toMatchObject({
      code: 'missing-parameter',
      title: 'username in the body is missing; password in the body is missing',
    });
    expect(await (await post('', right)).json()).toMatchObject({ status: 400 });
  });

  it('reads JSON, and nothing that a foreign page may send unasked', async () => {
    for (const type of [
      'application/x-www-form-urlencoded',
      'text/plain',
      'multipart/form-data; boundary=x',
    ]) {
      const response = await post(login, { ...right, 'content-type': type });
      expect(response.status, type).toBe(415);
      expect(await response.json()).toMatchObject({ code: 'bad-request', status: 415 });
    }
    expect((await post('{"__proto__": {"x": 1}}', right)).status).toBe(400);
    expect((await post('{', right)).status).toBe(400);
    expect((await post(`"${'x'.repeat(2 ** 21)}"`, right)).status).toBe(413);
  });

  it('changes nothing for a page of another origin', async () => {
    const { host } = new URL(server.baseUrl);
    const refused: Record<string, string>[] = [
      { 'content-type': 'application/json' },
      { ...right, 'sec-fetch-site': 'cross-site' },
      { ...right, 'sec-fetch-site': 'same-site' },
      { ...right, origin: 'https://evil.example' },
      { ...right, origin: 'null' },
      { ...right, origin: `http://${host}0` },
    ];
    for (const headers of refused) {
      const response = await post(login, headers);
      expect(response.status, JSON.stringify(headers)).toBe(403);
      expect(await response.json()).toMatchObject({ code: 'foreign-request' });
    }
    const accepted = { ...right, 'sec-fetch-site': 'same-origin', origin: `http://${host}` };
    expect((await post(login, accepted)).status).toBe(200);
  });

  it('lets no other origin read an answer', async () => {
    const response = await browser.fetch('/api/v1/session', { headers: { origin: 'https://evil.example' } });
    expect(response.headers.get('access-control-allow-origin')).toBeNull();
    expect(response.headers.get('cross-origin-resource-policy')).toBe('same-origin');
    const preflight = await fetch(`${server.baseUrl}/api/v1/session`, {
      method: 'OPTIONS',
      headers: { origin: 'https://evil.example', 'access-control-request-headers': 'x-clef-request' },
    });
    expect(preflight.status).toBe(404);
    expect(preflight.headers.get('access-control-allow-headers')).toBeNull();
  });

  it('mounts every route of its table, each for whom the table says', async () => {
    for (const [name, { access, method, path }] of Object.entries<Route>(routes)) {
      const response = await fetch(`${server.baseUrl}/api/v1${path.replace(/:\w+/g, 'x')}`, {
        method,
        headers: right,
        ...(method === 'GET' ? {} : { body: '{}' }),
      });
      const expected = access === 'public' ? 400 : 401;
      expect(response.status, name).toBe(expected);
    }
  });

  it('answers what is not there as a problem', async () => {
    const response = await fetch(`${server.baseUrl}/api/v1/nothing`);
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ code: 'not-found', title: 'nothing is at this address' });
  });
});
