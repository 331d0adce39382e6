import { describe, expect, test } from 'vitest';
import { parseNatsAddress } from './address.ts';

describe('an address of NATS', () => {
  test('names servers, and who signs in', () => {
    expect(parseNatsAddress('nats://one:4333, nats://two')).toEqual({
      servers: ['one:4333', 'two:4222'],
      tls: false,
    });
    expect(parseNatsAddress('tls://clef:p%40ss%2Cword@one')).toEqual({
      servers: ['one:4222'],
      tls: true,
      user: 'clef',
      password: 'p@ss,word',
    });
    expect(parseNatsAddress('nats://s3cret@[::1]:4222')).toMatchObject({
      servers: ['[::1]:4222'],
      token: 's3cret',
    });
    expect(parseNatsAddress('nats://clef:secret@one,nats://two')).toMatchObject({ user: 'clef' });
  });

  test.each([
    '',
    'one:4222',
    'http://one',
    'nats://',
    'nats://one/path',
    'nats://one?tls=1',
    'nats://one,tls://two',
    'nats://a:1@one,nats://b:2@two',
    'nats://:password@one',
    'nats://%zz@one',
    'nats://one,,nats://two',
  ])('is not %j', (text) => {
    expect(parseNatsAddress(text)).toBeUndefined();
  });
});
