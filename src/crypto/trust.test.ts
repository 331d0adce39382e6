import { beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../../test/support/crypto-library.ts';
import { readJws, rewriteJws, signAnything } from '../../test/support/forgery.ts';
import type { LibraryId } from '../core/index.ts';
import {
  exportSigningKey,
  generateSigningKey,
  importSigningKey,
  type SigningKey,
  signingKeyId,
} from './signing-key.ts';
import { signTrust, type TrustStatement, verifyTrust } from './trust.ts';

let root: SigningKey;
let server: SigningKey;
let statement: TrustStatement;
let jws: string;

beforeAll(async () => {
  root = await generateSigningKey();
  server = await generateSigningKey();
  statement = {
    libraryId: newId<LibraryId>(),
    version: 3,
    keys: [{ role: 'server', jwk: server.publicJwk }],
  };
  jws = await signTrust(statement, root);
});

describe('trust.json', () => {
  it('names the keys that the root signed, by thumbprint, and no others', async () => {
    const trust = await verifyTrust(jws, root.kid);
    expect(trust).toMatchObject(statement);
    expect(trust.keyFor(server.kid)).toBeDefined();
    expect(trust.keyFor(root.kid)).toBeUndefined();
  });

  it('is refused where another root signed it, under its own name or the pinned one', async () => {
    const other = await generateSigningKey();
    const forged = await signTrust(statement, other);
    const renamed = await signAnything(
      { alg: 'EdDSA', typ: 'clef-trust', kid: root.kid, jwk: other.publicJwk },
      readJws(jws).payload,
      other,
    );
    const borrowed = await signAnything(readJws(jws).header, readJws(jws).payload, other);
    for (const text of [forged, renamed, borrowed]) {
      await expect(verifyTrust(text, root.kid)).rejects.toMatchObject({ code: 'signature-invalid' });
    }
  });

  it('is refused after a change of its keys', async () => {
    const other = await generateSigningKey();
    const forged = rewriteJws(jws, { payload: { keys: [{ role: 'server', jwk: other.publicJwk }] } });
    await expect(verifyTrust(forged, root.kid)).rejects.toMatchObject({ code: 'signature-invalid' });
  });

  it('is refused for another library, or below a version that was seen', async () => {
    await expect(verifyTrust(jws, root.kid, { libraryId: newId<LibraryId>() })).rejects.toMatchObject({
      code: 'signature-invalid',
    });
    await expect(verifyTrust(jws, root.kid, { minVersion: 4 })).rejects.toMatchObject({
      code: 'signature-invalid',
    });
    await expect(verifyTrust(jws, root.kid, { minVersion: 3 })).resolves.toMatchObject({ version: 3 });
  });
});

describe('a signing key', () => {
  it('is the same after export and import', async () => {
    const again = await importSigningKey(await exportSigningKey(root));
    expect(again.kid).toBe(root.kid);
    expect(await signTrust(statement, again)).toBe(jws);
  });

  it('with the public half of another is refused', async () => {
    const jwk = { ...(await exportSigningKey(root)), x: server.publicJwk.x };
    await expect(importSigningKey(jwk)).rejects.toMatchObject({ code: 'signature-invalid' });
  });

  it('is named by the thumbprint of RFC 8037 appendix A.3', async () => {
    const jwk = { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' } as const;
    expect(await signingKeyId(jwk)).toBe('kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k');
  });
});
