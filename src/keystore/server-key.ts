import * as v from 'valibot';
import { ClefError, isHexId, type ServerId } from '../core/index.ts';
import {
  createRecipient,
  exportIdentity,
  exportSigningKey,
  generateIdentity,
  generateSigningKey,
  type Identity,
  importIdentity,
  importSigningKey,
  type Recipient,
  type SigningKey,
} from '../crypto/index.ts';

/** The private keys of one server: what opens keyrings, and what signs manifests and log segments. */
export interface ServerKey {
  readonly serverId: ServerId;
  /** Not extractable: a running server cannot give it away, only use it. */
  readonly identity: Identity;
  readonly recipient: Recipient;
  readonly signingKey: SigningKey;
}

/** A server key as text, the way it lies in its file. Secret. */
export type ServerKeyText = string & { readonly __serverKeyText: never };

const base64Url = v.pipe(v.string(), v.regex(/^[\w-]+$/));
const schema = v.strictObject({
  format: v.literal('clef-server-key'),
  version: v.literal(1),
  serverId: v.pipe(v.string(), v.check(isHexId)),
  /** EC P-256, RFC 7518 section 6.2. */
  decryptionKey: v.strictObject({
    kty: v.literal('EC'),
    crv: v.literal('P-256'),
    x: base64Url,
    y: base64Url,
    d: base64Url,
  }),
  /** Ed25519, RFC 8037 section 2. */
  signingKey: v.strictObject({
    kty: v.literal('OKP'),
    crv: v.literal('Ed25519'),
    x: base64Url,
    d: base64Url,
  }),
});

export async function generateServerKey(serverId: ServerId): Promise<ServerKeyText> {
  const { identity } = await generateIdentity('server');
  const key: v.InferInput<typeof schema> = {
    format: 'clef-server-key',
    version: 1,
    serverId,
    decryptionKey: v.parse(schema.entries.decryptionKey, await exportIdentity(identity)),
    signingKey: await exportSigningKey(await generateSigningKey()),
  };
  return `${JSON.stringify(key, null, 2)}\n` as ServerKeyText;
}

/** `data-invalid` on text that is no server key; the fault is named, its content never. */
export async function parseServerKey(text: string): Promise<ServerKey> {
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), schema), text);
  if (!parsed.success) {
    const where = v.getDotPath(parsed.issues[0]) ?? 'its form';
    throw new ClefError(
      'data-invalid',
      `the server key is damaged (${where}); restore it, or use the recovery kit`,
    );
  }
  const { serverId, decryptionKey, signingKey } = parsed.output;
  try {
    return {
      serverId: serverId as ServerId,
      identity: await importIdentity(decryptionKey),
      recipient: await createRecipient('server', decryptionKey),
      signingKey: await importSigningKey(signingKey),
    };
  } catch (cause) {
    throw new ClefError('data-invalid', 'the server key is damaged; restore it, or use the recovery kit', {
      cause,
    });
  }
}
