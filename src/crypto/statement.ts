import * as v from 'valibot';
import { ClefError } from '../core/index.ts';
import { decodeJson, encodeJson, type JsonValue } from './json.ts';
import { loadJose } from './load-jose.ts';
import { decodeCanonical } from './schemas.ts';
import { type PublicSigningJwk, publicSigningJwkSchema, type SigningKey } from './signing-key.ts';

/**
 * RFC 9864 would call it Ed25519; RFC 8037's EdDSA is what deployed libraries know, and every key here is
 * an Ed25519 key by its schema, so that the name leaves nothing open.
 */
const ALGORITHM = 'EdDSA';
/** A manifest with the largest birth record fits; anything longer is refused unread. */
const MAX_STATEMENT_CHARACTERS = 2 ** 21;

/** Exactly these parameters: no `crit`, no `b64`, no key by URL, no other algorithm. */
const headerSchema = v.strictObject({
  alg: v.literal(ALGORITHM),
  typ: v.string(),
  kid: v.string(),
  jwk: v.optional(publicSigningJwkSchema),
});

export interface StatementHeader {
  readonly typ: string;
  readonly kid: string;
  readonly jwk?: PublicSigningJwk | undefined;
}

export interface Statement {
  readonly header: StatementHeader;
  readonly value: JsonValue;
}

/** Finds the key that a statement of this header must verify under; throws or answers undefined for none. */
export type VerifyKeyFinder = (
  header: StatementHeader,
) => CryptoKey | undefined | Promise<CryptoKey | undefined>;

/**
 * A JSON value in a compact JWS. `typ` keeps one kind of statement from passing as another.
 * With `embedKey` the header carries the public key, for readers who know its thumbprint only.
 */
export async function signStatement(
  typ: string,
  value: JsonValue,
  signer: SigningKey,
  options: { readonly embedKey?: boolean } = {},
): Promise<string> {
  const { CompactSign } = await loadJose();
  const header = { alg: ALGORITHM, typ, kid: signer.kid };
  return new CompactSign(encodeJson(value))
    .setProtectedHeader(options.embedKey === true ? { ...header, jwk: signer.publicJwk } : header)
    .sign(signer.privateKey);
}

/** Throws `signature-invalid`, whatever is wrong; the value's shape is the caller's to check. */
export async function verifyStatement(
  jws: string,
  typ: string,
  findKey: VerifyKeyFinder,
): Promise<Statement> {
  const { compactVerify } = await loadJose();
  const header = readStatementHeader(jws, typ);
  const key = await findKey(header);
  if (key === undefined) throw invalid(typ, 'its signer is not trusted');
  try {
    const { payload } = await compactVerify(jws, key, { algorithms: [ALGORITHM] });
    return { header, value: decodeJson(payload) };
  } catch (cause) {
    throw invalid(typ, 'it does not verify under the key of its signer', cause);
  }
}

function readStatementHeader(jws: string, typ: string): StatementHeader {
  if (jws.length > MAX_STATEMENT_CHARACTERS) {
    throw invalid(typ, `at most ${MAX_STATEMENT_CHARACTERS} characters expected, got ${jws.length}`);
  }
  // One statement has one spelling, for its hash names it: another that verifies as well would be a second statement.
  const parts = jws.split('.').map(decodeCanonical);
  const [protectedHeader] = parts;
  if (parts.length !== 3 || protectedHeader === undefined || parts.includes(undefined)) {
    throw invalid(typ, 'it is not three parts of base64url in its one spelling');
  }
  let decoded: unknown;
  try {
    decoded = decodeJson(protectedHeader);
  } catch (cause) {
    throw invalid(typ, 'it is not a compact JWS', cause);
  }
  const header = v.safeParse(headerSchema, decoded);
  if (!header.success) throw invalid(typ, 'its header has other parameters than the format allows');
  if (header.output.typ !== typ) throw invalid(typ, 'it is a statement of another type');
  return header.output;
}

function invalid(typ: string, what: string, cause?: unknown): ClefError {
  return new ClefError('signature-invalid', `${typ}: ${what}`, cause === undefined ? {} : { cause });
}
