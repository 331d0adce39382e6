import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  type AssetId,
  type Bytes,
  fromHex,
  fromUtf8,
  type LibraryId,
  toHex,
  utf8,
} from '../../src/core/index.ts';
import {
  type AeadFactory,
  createServiceKeyring,
  openAssetCipher,
  openRecord,
  openSecret,
  paddedLength,
  parseAssetHeader,
  unwrapTrackKey,
  verifyTrust,
  webCryptoAead,
  wrapTrackKey,
} from '../../src/crypto/index.ts';

const page = readFileSync(new URL('../../docs/format.md', import.meta.url), 'utf8');

/** The page's blocks of one kind, together. */
function blocks(kind: string): string {
  return [...page.matchAll(new RegExp(`^\`\`\`${kind}\n(.*?)^\`\`\``, 'gms'))]
    .map(([, text]) => text)
    .join('');
}

const values = new Map(
  [...blocks('values').matchAll(/^(\S.*?) =((?:\s+[0-9a-f]+$)+)/gm)].map(([, name, digits]) => [
    name,
    fromHex((digits ?? '').replaceAll(/\s/g, '')),
  ]),
);

function value(name: string): Bytes {
  const bytes = values.get(name);
  if (bytes === undefined) throw new Error(`the page has no value "${name}"`);
  return bytes;
}

const libraryId = toHex(value('library id')) as LibraryId;
const assetId = toHex(value('asset id')) as AssetId;
const trackKey = value('track key');

/** Keeps what a cipher was given, which is otherwise seen nowhere. */
function spy(): { aead: AeadFactory; used: string[] } {
  const used: string[] = [];
  const aead: AeadFactory = async (key) => {
    used.push(toHex(key));
    const inner = await webCryptoAead(key);
    return {
      seal(nonce, plaintext) {
        used.push(toHex(nonce));
        return inner.seal(nonce, plaintext);
      },
      open: (nonce, sealed) => inner.open(nonce, sealed),
    };
  };
  return { aead, used };
}

describe('the worked example of docs/format.md', () => {
  it('wraps the track key to the value given', async () => {
    expect(await wrapTrackKey(value('library key'), trackKey)).toEqual(value('wrapped key'));
    expect(await unwrapTrackKey(value('library key'), value('wrapped key'))).toEqual(trackKey);
  });

  it('has the header, commitment, chunk key, nonce and chunk given', async () => {
    const header = parseAssetHeader(new Uint8Array([...value('H0'), ...value('commitment')]));
    expect(header).toEqual({
      assetId,
      paddedLengthBytes: 5,
      salt: value('salt'),
      commitment: value('commitment'),
    });
    const { aead, used } = spy();
    const cipher = await openAssetCipher(trackKey, header, aead);
    expect(await cipher.sealChunk(0, utf8('Hello'))).toEqual(value('sealed chunk 0'));
    expect(used).toEqual([toHex(value('chunk key')), toHex(value('nonce of chunk 0'))]);
  });

  it('has the record given', async () => {
    const sealed = value('sealed record');
    expect(sealed.subarray(1, 65)).toEqual(
      new Uint8Array([...value('record salt'), ...value('record commitment')]),
    );
    const { aead, used } = spy();
    const place = { trackKey, libraryId, assetId, revision: 0, type: 'birth' };
    expect(await openRecord({ ...place, sealed }, aead)).toEqual({
      kind: 'original',
      lengthBytes: 5,
      birth: {},
    });
    expect(used).toEqual([toHex(value('record key'))]);
    expect(toHex(value('record context'))).toBe(
      `${libraryId}${assetId}${'00'.repeat(8)}${toHex(utf8('birth'))}`,
    );
  });

  it('has the secret given', async () => {
    const keyring = createServiceKeyring({ libraryId, recipients: [], administrators: [] });
    const opened = { ...keyring, epochs: [{ epoch: 1, key: value('service key') }] };
    const place = { purpose: 'app-password', userId: '1024', credentialId: 'c0ffee' };
    expect(fromUtf8(await openSecret(opened, place, value('sealed secret')))).toBe('correct horse');
    expect(fromUtf8(value('secret aad'))).toBe(
      `clef/v1/secret\0${libraryId}\0app-password\u00001024\0c0ffee`,
    );
  });

  it('has the trust statement given, under the fingerprint of RFC 8037', async () => {
    const jws = blocks('statement').replaceAll(/\s/g, '');
    const trust = await verifyTrust(jws, 'kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k');
    expect(trust).toMatchObject({ libraryId, version: 1, keys: [{ role: 'server' }] });
  });

  it('has padded lengths as given', () => {
    const numbers = (row: string) =>
      (new RegExp(`^\\| ${row} \\|(.*)\\|$`, 'm').exec(page)?.[1] ?? '')
        .split('|')
        .map((cell) => Number(cell.replaceAll(',', '').trim()));
    const [lengths, padded] = [numbers('L'), numbers('P')];
    expect(lengths.length).toBeGreaterThan(3);
    expect(lengths.map((length) => paddedLength(length, 'padme'))).toEqual(padded);
  });
});
