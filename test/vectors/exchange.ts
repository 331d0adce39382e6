import {
  type AssetId,
  type Bytes,
  concatBytes,
  fromHex,
  type LibraryId,
  randomId,
  toHex,
} from '../../src/core/index.ts';
import {
  CHUNK_BYTES,
  chooseKeyring,
  chunkPlainLength,
  createAssetHeader,
  createLibraryKeyring,
  currentEpoch,
  encodeAssetHeader,
  exportIdentity,
  generateIdentity,
  generateSigningKey,
  generateTrackKey,
  importIdentity,
  type JsonValue,
  keyOfEpoch,
  openAssetCipher,
  openLibraryKeyring,
  openRecord,
  parseAssetHeader,
  type PrivateRecipientJwk,
  sealedChunkRange,
  sealKeyring,
  sealRecord,
  sha256,
  signTrust,
  unwrapTrackKey,
  verifyTrust,
  wrapTrackKey,
} from '../../src/crypto/index.ts';

// Runs unchanged in Node and in a browser: each seals what the other opens.

/** Everything as text, so that it passes between a page and a test. */
export interface Parcel {
  readonly libraryId: LibraryId;
  readonly rootFingerprint: string;
  readonly trust: string;
  readonly keyring: string;
  /** Of the recovery key and of a server, in turn. */
  readonly identities: readonly PrivateRecipientJwk[];
  readonly assetId: AssetId;
  readonly header: string;
  readonly wrappedKey: string;
  readonly chunks: string;
  readonly record: string;
}

/** What comes out of a parcel; equal on both sides. */
export interface Content {
  readonly trustedKeys: number;
  readonly epochs: readonly number[];
  readonly plaintextHash: string;
  readonly record: JsonValue;
}

const LENGTH = CHUNK_BYTES + 1_000;
const RECORD = { title: 'Étude', durationMs: 61_000 };
const PLACE = { revision: 1, type: 'tags' };

function content(): Bytes {
  return Uint8Array.from({ length: LENGTH }, (_, at) => (at * 31 + (at >> 8)) & 0xff);
}

export async function expectedContent(): Promise<Content> {
  return { trustedKeys: 1, epochs: [1], plaintextHash: toHex(await sha256(content())), record: RECORD };
}

export async function seal(): Promise<Parcel> {
  const random = (length: number) => crypto.getRandomValues(new Uint8Array(length));
  const libraryId = randomId<LibraryId>(random);
  const assetId = randomId<AssetId>(random);
  const [root, signer] = [await generateSigningKey(), await generateSigningKey()];
  const parties = [await generateIdentity('recovery'), await generateIdentity('server')];
  const recipients = parties.map(({ recipient }) => recipient);
  const keyring = createLibraryKeyring({ libraryId, recipients, administrators: [signer.kid] });
  const trackKey = generateTrackKey();
  const header = await createAssetHeader({ assetId, trackKey, paddedLengthBytes: LENGTH });
  const cipher = await openAssetCipher(trackKey, header);
  const plaintext = content();
  const chunks: Bytes[] = [];
  for (let index = 0; index < cipher.chunkCount; index++) {
    const start = index * CHUNK_BYTES;
    chunks.push(
      await cipher.sealChunk(index, plaintext.subarray(start, start + chunkPlainLength(index, LENGTH))),
    );
  }
  const record = await sealRecord({ trackKey, libraryId, assetId, ...PLACE, value: RECORD });
  const keys = [{ role: 'server', jwk: signer.publicJwk }] as const;
  return {
    libraryId,
    rootFingerprint: root.kid,
    trust: await signTrust({ libraryId, version: 1, keys }, root),
    keyring: await sealKeyring(keyring, root),
    identities: await Promise.all(parties.map(({ identity }) => exportIdentity(identity))),
    assetId,
    header: toHex(encodeAssetHeader(header)),
    wrappedKey: toHex(await wrapTrackKey(currentEpoch(keyring).key, trackKey)),
    chunks: toHex(concatBytes(...chunks)),
    record: toHex(record),
  };
}

/** Once for every identity of the parcel. */
export function openAll(parcel: Parcel): Promise<Content[]> {
  return Promise.all(parcel.identities.map((identity) => open(parcel, identity)));
}

async function open(parcel: Parcel, jwk: PrivateRecipientJwk): Promise<Content> {
  const { libraryId, rootFingerprint, assetId } = parcel;
  const trust = await verifyTrust(parcel.trust, rootFingerprint, { libraryId });
  const target = { kind: 'library', libraryId, rootFingerprint } as const;
  const { chosen } = await chooseKeyring([parcel.keyring], target);
  const keyring = await openLibraryKeyring(chosen, await importIdentity(jwk));
  const libraryKey = keyOfEpoch(keyring, 1);
  if (libraryKey === undefined) throw new Error('the keyring has no first epoch');
  const trackKey = await unwrapTrackKey(libraryKey, fromHex(parcel.wrappedKey));
  const header = parseAssetHeader(fromHex(parcel.header));
  const cipher = await openAssetCipher(trackKey, header);
  const chunks = fromHex(parcel.chunks);
  const opened: Bytes[] = [];
  for (let index = 0; index < cipher.chunkCount; index++) {
    const { startBytes, endBytes } = sealedChunkRange(index, header.paddedLengthBytes);
    opened.push(await cipher.openChunk(index, chunks.subarray(startBytes, endBytes)));
  }
  const sealed = fromHex(parcel.record);
  return {
    trustedKeys: trust.keys.length,
    epochs: keyring.epochs.map(({ epoch }) => epoch),
    plaintextHash: toHex(await sha256(concatBytes(...opened))),
    record: await openRecord({ trackKey, libraryId, assetId, ...PLACE, sealed }),
  };
}
