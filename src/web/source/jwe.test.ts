import * as fc from 'fast-check';
import { CompactEncrypt, type CompactJWEHeaderParameters } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import { fromBase64Url, fromUtf8, toBase64Url, utf8 } from '../../core/index.ts';
import { openCompactJwe } from './jwe.ts';

const HEADER = { alg: 'ECDH-ES+A256KW', enc: 'A256GCM' } as const;
const ECDH = { name: 'ECDH', namedCurve: 'P-256' } as const;

let device: CryptoKeyPair;
beforeAll(async () => {
  device = await crypto.subtle.generateKey(ECDH, false, ['deriveBits']);
});

function seal(
  text: string,
  header: CompactJWEHeaderParameters = HEADER,
  party: { apu?: Uint8Array; apv?: Uint8Array } = {},
): Promise<string> {
  return new CompactEncrypt(utf8(text))
    .setProtectedHeader(header)
    .setKeyManagementParameters(party)
    .encrypt(device.publicKey);
}

describe('a compact JWE to this device', () => {
  it('opens with its protected header, as jose sealed it', async () => {
    const { header, payload } = await openCompactJwe(
      await seal('{"audio":"…"}', { ...HEADER, library: 'ab', iat: 17 }),
      device.privateKey,
    );
    expect(fromUtf8(payload)).toBe('{"audio":"…"}');
    expect(header).toMatchObject({ library: 'ab', iat: 17 });
  });

  it('opens with party information of both sides', async () => {
    const jwe = await seal('hello', HEADER, { apu: utf8('Alice'), apv: utf8('Bob') });
    expect(fromUtf8((await openCompactJwe(jwe, device.privateKey)).payload)).toBe('hello');
  });

  it('opens for no other device', async () => {
    const other = await crypto.subtle.generateKey(ECDH, false, ['deriveBits']);
    await expect(openCompactJwe(await seal('hello'), other.privateKey)).rejects.toMatchObject({
      code: 'decryption-failed',
    });
  });

  it('opens with no character changed, whichever it is', async () => {
    const jwe = await seal('hello');
    await fc.assert(
      fc.asyncProperty(
        fc.nat(jwe.length - 1),
        fc.constantFrom('A', 'Z', 'a', '9', '-', '_', '.'),
        async (at, character) => {
          // The last character of a part may hold bits that stand for nothing.
          fc.pre(jwe[at] !== character && /[^.]/.test(jwe[at + 1] ?? '.'));
          const changed = jwe.slice(0, at) + character + jwe.slice(at + 1);
          await expect(openCompactJwe(changed, device.privateKey)).rejects.toMatchObject({
            code: 'decryption-failed',
          });
        },
      ),
    );
  });

  it('is refused where its header asks for what this reader does not do', async () => {
    const [encoded, ...rest] = (await seal('hello')).split('.') as [string, ...string[]];
    const header = JSON.parse(fromUtf8(fromBase64Url(encoded))) as object;
    for (const extra of [{ zip: 'DEF' }, { crit: ['exp'], exp: 1 }, { enc: 'A128GCM' }, { alg: 'ECDH-ES' }]) {
      const changed = toBase64Url(utf8(JSON.stringify({ ...header, ...extra })));
      await expect(openCompactJwe([changed, ...rest].join('.'), device.privateKey)).rejects.toMatchObject({
        code: 'decryption-failed',
      });
    }
  });

  it('is refused where it is no JWE at all', async () => {
    for (const text of ['', '....', 'a.b.c', 'null', `${await seal('hello')}.`]) {
      await expect(openCompactJwe(text, device.privateKey)).rejects.toMatchObject({
        code: 'decryption-failed',
      });
    }
  });
});
