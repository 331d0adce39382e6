import { beforeAll, describe, expect, it } from 'vitest';
import { generateSigningKey, importVerifyKey, type SigningKey } from './signing-key.ts';
import { signStatement, verifyStatement } from './statement.ts';

/** Texts that a lenient base64url decoder takes for the same bytes. */
const respellings: readonly (readonly [what: string, respell: (jws: string) => string])[] = [
  ['padding', (jws) => `${jws}==`],
  ['a trailing space', (jws) => `${jws} `],
  ['a trailing line end', (jws) => `${jws}\n`],
  ['a space within', (jws) => jws.replace('.', ' .')],
  ['set bits behind the last byte', (jws) => withTrailingBit(jws)],
  ['the other alphabet', (jws) => jws.replaceAll('-', '+').replaceAll('_', '/')],
];

/** 64 bytes of signature leave four bits of the last character without meaning. */
function withTrailingBit(jws: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  return jws.slice(0, -1) + (alphabet[alphabet.indexOf(jws.at(-1) ?? '') | 1] ?? '');
}

describe('a statement', () => {
  let signer: SigningKey;
  let jws: string;
  const verify = (text: string) =>
    verifyStatement(text, 'clef-test', () => importVerifyKey(signer.publicJwk));
  beforeAll(async () => {
    signer = await generateSigningKey();
    // Long enough that base64url has both of its own characters in it.
    jws = await signStatement('clef-test', { text: '>>>???'.repeat(20) }, signer);
  });

  it('verifies as it was signed', async () => {
    expect((await verify(jws)).value).toEqual({ text: '>>>???'.repeat(20) });
  });

  // A keyring is named by the hash of its text: a second spelling would be a second keyring of one version.
  it.each(respellings)('has one spelling: %s is refused', async (_what, respell) => {
    const other = respell(jws);
    expect(other).not.toBe(jws);
    await expect(verify(other)).rejects.toMatchObject({ code: 'signature-invalid' });
  });
});
