import { describe, expect, it } from 'vitest';
import { openssl, opensslSkipped } from '../../test/support/openssl.ts';
import { derInteger, derNull, derObjectId, derOctets, derSequence } from './der.ts';

describe('DER', () => {
  it.each([
    [0, '020100'],
    [127, '02017f'],
    [128, '02020080'],
    [256, '02020100'],
    [1_000_000, '02030f4240'],
    [2 ** 31, '02050080000000'],
  ])('writes the integer %d as %s', (value, hex) => {
    expect(derInteger(value).toHex()).toBe(hex);
  });

  it('writes object identifiers as X.690 8.19 has them', () => {
    expect(derObjectId('1.2.840.113549.1.5.13').toHex()).toBe('06092a864886f70d01050d');
    expect(derObjectId('2.16.840.1.101.3.4.1.42').toHex()).toBe('060960864801650304012a');
  });

  it('writes short and long lengths', () => {
    expect(derOctets(new Uint8Array(127)).subarray(0, 2).toHex()).toBe('047f');
    expect(derOctets(new Uint8Array(128)).subarray(0, 3).toHex()).toBe('048180');
    expect(derOctets(new Uint8Array(256)).subarray(0, 4).toHex()).toBe('04820100');
    expect(derSequence(derNull()).toHex()).toBe('30020500');
  });

  it.skipIf(opensslSkipped)('is read by OpenSSL', () => {
    const der = derSequence(
      derInteger(1_000_000),
      derObjectId('1.2.840.113549.2.9'),
      derOctets(new Uint8Array(300)),
    );
    const text = openssl(['asn1parse', '-inform', 'DER'], der);
    expect(text).toMatch(/INTEGER\s+:0F4240[^]*hmacWithSHA256[^]*OCTET STRING/);
  });
});
