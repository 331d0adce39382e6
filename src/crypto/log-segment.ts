import * as v from 'valibot';
import {
  type Bytes,
  ClefError,
  concatBytes,
  equalBytes,
  fromHex,
  type LibraryId,
  type ServerId,
  toBase64Url,
} from '../core/index.ts';
import type { AeadFactory } from './aead.ts';
import { HASH_BYTES, sha256 } from './hash.ts';
import { base64UrlBytes, firstFault, hexId, wholeNumber } from './schemas.ts';
import { type DocumentBinding, openDocument, sealDocument, sealedDocumentLength } from './sealed-document.ts';
import type { SigningKey } from './signing-key.ts';
import { signStatement, verifyStatement } from './statement.ts';
import { generateKey, unwrapTrackKey, WRAPPED_KEY_BYTES, wrapTrackKey } from './track-key.ts';
import type { Trust } from './trust.ts';

const SEGMENT_TYPE = 'clef-log-segment';
const SEGMENT_LABEL = 'clef/v1/log';
const LENGTH_BYTES = 4;
const MAX_HEADER_BYTES = 4_096;

/** A payload is sealed and opened in memory: writers cut before this. */
export const MAX_LOG_PAYLOAD_BYTES = 2 ** 24;
/** So many bytes of an object hold its header whole. */
export const LOG_HEAD_BYTES = LENGTH_BYTES + MAX_HEADER_BYTES;
/** No segment is longer. */
export const MAX_LOG_SEGMENT_BYTES = LOG_HEAD_BYTES + sealedDocumentLength(MAX_LOG_PAYLOAD_BYTES);

/** What a segment says of itself, signed by its server, readable without the library's key. */
export interface LogSegmentHeader {
  readonly libraryId: LibraryId;
  readonly serverId: ServerId;
  /** Rises by one along the chain of a server. */
  readonly seq: number;
  /** SHA-256 of the previous segment's object; 32 zero bytes for a server's first. */
  readonly previous: Bytes;
  readonly kind: 'changes' | 'snapshot';
  /** Parts of a snapshot count from 1; the last one completes it. Changes are one part, and the last. */
  readonly part: number;
  readonly isLast: boolean;
  /** The position in the catalogue's change stream that the chain has reached with this segment. */
  readonly position: number;
  readonly createdAtMs: number;
}

export interface LogSegment {
  readonly header: LogSegmentHeader;
  /** Thumbprint of the key that signed it. The format binds no key to a server: `header.serverId` is its word alone. */
  readonly signerKid: string;
  /** Library-key epoch that opens it. */
  readonly epoch: number;
  /** `decryption-failed` under another library key. */
  open(libraryKey: Bytes, aead?: AeadFactory): Promise<Bytes>;
}

const headerSchema = v.strictObject({
  format: v.literal(1),
  library: hexId<LibraryId>(),
  server: hexId<ServerId>(),
  seq: wholeNumber(1),
  previous: base64UrlBytes(HASH_BYTES),
  kind: v.picklist(['changes', 'snapshot']),
  part: wholeNumber(1),
  last: v.boolean(),
  position: wholeNumber(0),
  created: wholeNumber(0),
  epoch: wholeNumber(1),
  wrappedKey: base64UrlBytes(WRAPPED_KEY_BYTES),
  payload: base64UrlBytes(HASH_BYTES),
});

export interface SealLogSegment {
  readonly header: LogSegmentHeader;
  readonly payload: Bytes;
  readonly epoch: number;
  readonly libraryKey: Bytes;
  readonly signer: SigningKey;
}

/** 32-bit big-endian length ‖ JWS of the header ‖ the payload sealed under a key of its own. */
export async function sealLogSegment(segment: SealLogSegment, aead?: AeadFactory): Promise<Bytes> {
  const { header, payload, epoch, libraryKey, signer } = segment;
  if (payload.length > MAX_LOG_PAYLOAD_BYTES) {
    throw new ClefError(
      'unsupported-format',
      `log segment: at most ${MAX_LOG_PAYLOAD_BYTES} bytes expected, got ${payload.length}`,
    );
  }
  const key = generateKey();
  const sealed = await sealDocument(segmentBinding(key, header), payload, aead);
  const statement = await signStatement(
    SEGMENT_TYPE,
    {
      format: 1,
      library: header.libraryId,
      server: header.serverId,
      seq: header.seq,
      previous: toBase64Url(header.previous),
      kind: header.kind,
      part: header.part,
      last: header.isLast,
      position: header.position,
      created: header.createdAtMs,
      epoch,
      wrappedKey: toBase64Url(await wrapTrackKey(libraryKey, key)),
      payload: toBase64Url(await sha256(sealed)),
    },
    signer,
  );
  const text = new TextEncoder().encode(statement);
  const length = new Uint8Array(LENGTH_BYTES);
  new DataView(length.buffer).setUint32(0, text.length);
  return concatBytes(length, text, sealed);
}

interface SignedHead {
  readonly header: LogSegmentHeader;
  readonly signerKid: string;
  readonly epoch: number;
  readonly wrappedKey: Bytes;
  readonly payloadHash: Bytes;
  readonly payloadOffsetBytes: number;
}

/**
 * What a segment says of itself, from its first `LOG_HEAD_BYTES` bytes, or all where it has fewer. The payload
 * is not looked at. Throws `signature-invalid`.
 */
export async function verifyLogSegmentHeader(start: Bytes, trust: Trust): Promise<LogSegmentHeader> {
  return (await verifyHead(start, trust)).header;
}

/** Throws `signature-invalid` for a signer that is not trusted or bytes that were changed. */
export async function verifyLogSegment(object: Bytes, trust: Trust): Promise<LogSegment> {
  const { header, signerKid, epoch, wrappedKey, payloadHash, payloadOffsetBytes } = await verifyHead(
    object,
    trust,
  );
  const sealed = object.subarray(payloadOffsetBytes);
  if (!equalBytes(await sha256(sealed), payloadHash)) throw damaged('its payload was changed');
  return {
    header,
    signerKid,
    epoch,
    async open(libraryKey, aead) {
      const key = await unwrapTrackKey(libraryKey, wrappedKey);
      return openDocument(segmentBinding(key, header), sealed, MAX_LOG_PAYLOAD_BYTES, aead);
    },
  };
}

async function verifyHead(object: Bytes, trust: Trust): Promise<SignedHead> {
  if (object.length < LENGTH_BYTES) throw damaged('it is too short');
  const length = new DataView(object.buffer, object.byteOffset).getUint32(0);
  if (length > MAX_HEADER_BYTES || LENGTH_BYTES + length > object.length)
    throw damaged('its header is too long');
  const text = new TextDecoder('latin1').decode(object.subarray(LENGTH_BYTES, LENGTH_BYTES + length));
  const { value, header: signed } = await verifyStatement(text, SEGMENT_TYPE, ({ kid }) => trust.keyFor(kid));
  const parsed = v.safeParse(headerSchema, value);
  if (!parsed.success) throw damaged(firstFault(parsed.issues));
  const fields = parsed.output;
  if (fields.library !== trust.libraryId) throw damaged('it belongs to another library');
  return {
    header: {
      libraryId: fields.library,
      serverId: fields.server,
      seq: fields.seq,
      previous: fields.previous,
      kind: fields.kind,
      part: fields.part,
      isLast: fields.last,
      position: fields.position,
      createdAtMs: fields.created,
    },
    signerKid: signed.kid,
    epoch: fields.epoch,
    wrappedKey: fields.wrappedKey,
    payloadHash: fields.payload,
    payloadOffsetBytes: LENGTH_BYTES + length,
  };
}

function segmentBinding(key: Bytes, { libraryId, serverId, seq }: LogSegmentHeader): DocumentBinding {
  const position = new DataView(new ArrayBuffer(8));
  position.setBigUint64(0, BigInt(seq));
  const context = concatBytes(fromHex(libraryId), fromHex(serverId), new Uint8Array(position.buffer));
  return { key, label: SEGMENT_LABEL, context };
}

function damaged(what: string): ClefError {
  return new ClefError('signature-invalid', `log segment: ${what}`);
}
