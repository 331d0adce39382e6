import { expect, test } from 'vitest';
import { SocketAddresses } from './socket-addresses.ts';

const OWN = 'wss://clef.example/socket';

test('a socket is opened at the server, unless that names others', () => {
  const addresses = new SocketAddresses(OWN, 0.5);
  expect([addresses.next(), addresses.next()]).toEqual([OWN, OWN]);
  addresses.name(['wss://one', 'wss://two', 'wss://three']);
  const tried = [addresses.next(), addresses.next(), addresses.next()];
  expect(new Set(tried)).toEqual(new Set(['wss://one', 'wss://two', 'wss://three']));
  expect(addresses.next()).toBe(tried[0]);
  addresses.name(undefined);
  expect(addresses.next()).toBe(OWN);
});

test('pages begin at different ones', () => {
  const firsts = Array.from({ length: 64 }, (_, i) => {
    const addresses = new SocketAddresses(OWN, i / 64);
    addresses.name(['wss://one', 'wss://two', 'wss://three']);
    return addresses.next();
  });
  expect(new Set(firsts).size).toBe(3);
});
