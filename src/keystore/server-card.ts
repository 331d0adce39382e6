import * as v from 'valibot';
import { ClefError, isHexId, type ServerId } from '../core/index.ts';
import {
  createRecipient,
  type PublicSigningJwk,
  publicSigningJwkSchema,
  type Recipient,
  signingKeyId,
} from '../crypto/index.ts';
import type { ServerKey } from './server-key.ts';

/** The public half of a server's key, as another server is given it; none of it is secret. */
export interface ServerCard {
  readonly serverId: ServerId;
  /** As people call the machine. */
  readonly name: string;
  readonly recipient: Recipient;
  readonly signing: PublicSigningJwk;
  /** The key id of `signing`, by which keyrings name administrators. */
  readonly kid: string;
}

const MAX_CARD_CHARACTERS = 4_096;
export const MAX_NAME_CHARACTERS = 64;

const schema = v.strictObject({
  format: v.literal('clef-server-card'),
  version: v.literal(1),
  serverId: v.pipe(v.string(), v.check(isHexId)),
  name: v.pipe(v.string(), v.regex(/^[^\p{C}]+$/u), v.maxLength(MAX_NAME_CHARACTERS)),
  /** EC P-256, public. */
  recipient: v.strictObject({
    kty: v.literal('EC'),
    crv: v.literal('P-256'),
    x: v.string(),
    y: v.string(),
  }),
  /** Ed25519, public. */
  signing: publicSigningJwkSchema,
});

export function writeServerCard({ serverId, recipient, signingKey }: ServerKey, name: string): string {
  const card = {
    format: 'clef-server-card',
    version: 1,
    serverId,
    name,
    recipient: recipient.jwk,
    signing: signingKey.publicJwk,
  };
  return `${JSON.stringify(card, null, 2)}\n`;
}

/** `bad-request` for what is no card; who it is of only a person can tell, by comparing thumbprints. */
export async function parseServerCard(text: string): Promise<ServerCard> {
  const parsed = v.safeParse(
    v.pipe(v.string(), v.maxLength(MAX_CARD_CHARACTERS), v.parseJson(), schema),
    text,
  );
  if (!parsed.success) {
    const where = v.getDotPath(parsed.issues[0]) ?? 'its form';
    throw new ClefError('bad-request', `this is not what \`clef keys card\` prints on a server (${where})`);
  }
  const { serverId, name, recipient, signing } = parsed.output;
  return {
    serverId: serverId as ServerId,
    name,
    recipient: await createRecipient('server', recipient),
    signing,
    kid: await signingKeyId(signing),
  };
}
