import * as v from 'valibot';

/** `10.0.0.1`, `fd00::/8`: what Fastify and NGINX take, which refuse anything else without saying which setting is wrong. */
export function isAddressOrNetwork(text: string): boolean {
  const [, address, prefix] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const bits = v.is(v.pipe(v.string(), v.ipv4()), address)
    ? 32
    : v.is(v.pipe(v.string(), v.ipv6()), address)
      ? 128
      : 0;
  const length = prefix === undefined ? bits : Number(prefix);
  return length >= 1 && length <= bits;
}
