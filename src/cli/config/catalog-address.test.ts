import { expect, it } from 'vitest';
import { parseCatalog } from './catalog-address.ts';

it('names host, database and what opens it, encrypted beyond this machine', () => {
  expect(parseCatalog('mysql://db.example/clef?key=/k')).toEqual({
    host: 'db.example',
    port: 3_306,
    others: [],
    database: 'clef',
    keyFile: '/k',
    tls: 'required',
  });
  expect(parseCatalog('mysql://127.0.0.1:33061/clef?key=k')).toMatchObject({ port: 33_061, tls: 'off' });
  expect(parseCatalog('mysql://[::1]/clef?key=k')).toMatchObject({ host: '::1', tls: 'off' });
  expect(parseCatalog('mysql://localhost/clef?key=k&ca=/ca.pem')).toMatchObject({
    tls: 'required',
    caFile: '/ca.pem',
  });
  expect(parseCatalog('mysql://db.example/clef?key=k&tls=off')).toMatchObject({ tls: 'off' });
});

it('names several servers that lead to one catalogue', () => {
  expect(parseCatalog('mysql://127.0.0.1:1,[::1]:2,127.0.0.1/clef?key=k')).toMatchObject({
    host: '127.0.0.1',
    port: 1,
    others: [
      { host: '::1', port: 2 },
      { host: '127.0.0.1', port: 3_306 },
    ],
    tls: 'off',
  });
  expect(parseCatalog('mysql://127.0.0.1,db.example/clef?key=k')).toMatchObject({ tls: 'required' });
});

it('names a replica, which is near only where it is on this machine', () => {
  expect(parseCatalog('mysql://127.0.0.1/clef?key=k&replica=127.0.0.2:33061')).toMatchObject({
    replica: { host: '127.0.0.2', port: 33_061 },
    tls: 'off',
  });
  expect(parseCatalog('mysql://127.0.0.1/clef?key=k&replica=db.example')).toMatchObject({
    replica: { host: 'db.example', port: 3_306 },
    tls: 'required',
  });
});

it.each([
  'mysql://db.example/clef?key=k&replica=',
  'mysql://db.example/clef?key=k&replica=user:secret@b.example',
  'mysql://db.example/clef?key=k&replica=b.example/c',
  'mysql://a.example,/clef?key=k',
  'mysql://a.example,user:secret@b.example/clef?key=k',
  'mysql:///clef?key=k',
  'mysql://user:secret@db.example/clef?key=k',
  'mysql://db.example/clef',
  'mysql://db.example/clef?key=',
  'mysql://db.example/?key=k',
  'mysql://db.example/a/b?key=k',
  'mysql://db.example/a%27b?key=k',
  'mysql://db.example/clef?key=k&key=l',
  'mysql://db.example/clef?key=k&tls=maybe',
  'mysql://db.example/clef?key=k&ca=c&tls=off',
  'mysql://db.example/clef?key=k&flags=x',
  'postgres://db.example/clef?key=k',
  'clef.db',
])('is nothing else: %s', (text) => {
  expect(parseCatalog(text)).toBeUndefined();
});
