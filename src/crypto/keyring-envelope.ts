import { type Bytes, fromBase64Url, fromUtf8, utf8 } from '../core/index.ts';
import { decryptionFailed } from './failure.ts';
import { type Identity, keyManagementOf } from './identity.ts';
import { decodeJson } from './json.ts';
import { type KeyringJwe, type KeyringStatement, keyringRejected } from './keyring-statement.ts';
import { loadJose } from './load-jose.ts';

const CONTENT_ENCRYPTION = 'A256GCM';
const KEYS_TYPE = 'clef-keyring-keys';

/** RFC 7516, General JSON: one content key, wrapped once for every recipient of the statement, in its order. */
export async function encryptKeys(statement: KeyringStatement, plaintext: Bytes): Promise<KeyringJwe> {
  const { GeneralEncrypt } = await loadJose();
  const encrypt = new GeneralEncrypt(plaintext)
    .setProtectedHeader({ enc: CONTENT_ENCRYPTION, typ: KEYS_TYPE })
    .setAdditionalAuthenticatedData(keyringAad(statement));
  for (const { jwk, thumbprint } of statement.recipients) {
    encrypt.addRecipient({ ...jwk }).setUnprotectedHeader({ alg: keyManagementOf(jwk), kid: thumbprint });
  }
  // The statement's schema checks every member when it is read back.
  return (await encrypt.encrypt()) as unknown as KeyringJwe;
}

/** Opens the one envelope of this identity, by the algorithm that its key is for and no other. */
export async function decryptKeys(
  statement: KeyringStatement & { readonly jwe: KeyringJwe },
  identity: Identity,
): Promise<Bytes> {
  const at = statement.recipients.findIndex(({ thumbprint }) => thumbprint === identity.thumbprint);
  const recipient = statement.recipients[at];
  const envelope = statement.jwe.recipients[at];
  if (recipient === undefined || envelope === undefined) {
    throw keyringRejected(`version ${statement.version} is not meant for this key`);
  }
  const { flattenedDecrypt } = await loadJose();
  assertEnvelopeHeader(statement);
  const { recipients: _, ...shared } = statement.jwe;
  try {
    const { plaintext } = await flattenedDecrypt({ ...shared, ...envelope }, identity.privateKey, {
      keyManagementAlgorithms: [keyManagementOf(recipient.jwk)],
      contentEncryptionAlgorithms: [CONTENT_ENCRYPTION],
    });
    return new Uint8Array(plaintext);
  } catch {
    throw decryptionFailed();
  }
}

function assertEnvelopeHeader(statement: KeyringStatement & { readonly jwe: KeyringJwe }): void {
  let aad: string;
  let typ: unknown;
  try {
    ({ typ } = decodeJson(fromBase64Url(statement.jwe.protected)) as { readonly typ?: unknown });
    aad = fromUtf8(fromBase64Url(statement.jwe.aad));
  } catch (cause) {
    throw keyringRejected('its envelope is not a JWE', cause);
  }
  if (typ !== KEYS_TYPE) throw keyringRejected(`an envelope of type ${KEYS_TYPE} expected`);
  if (aad !== fromUtf8(keyringAad(statement))) {
    throw keyringRejected('its envelope was made for another library or version');
  }
}

function keyringAad({ kind, libraryId, version }: KeyringStatement): Bytes {
  return utf8(`clef/v1/keyring/${kind}/${libraryId}/${version}`);
}
