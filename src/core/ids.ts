declare const brand: unique symbol;
type Branded<Base, Name extends string> = Base & { readonly [brand]: Name };

/** 16 random bytes as 32 lower-case hexadecimal digits. */
export type LibraryId = Branded<string, 'LibraryId'>;
/** Names one ciphertext for ever; 32 lower-case hexadecimal digits. */
export type AssetId = Branded<string, 'AssetId'>;
/** Names one way an asset is dealt over columns; 32 lower-case hexadecimal digits. */
export type LayoutId = Branded<string, 'LayoutId'>;
/** A storage node, 32 lower-case hexadecimal digits, written in its `clef-node.json`. */
export type NodeId = Branded<string, 'NodeId'>;
/** A server, 32 lower-case hexadecimal digits. */
export type ServerId = Branded<string, 'ServerId'>;

/** A file on its way in, named by the browser that sends it; 32 lower-case hexadecimal digits. */
export type UploadId = Branded<string, 'UploadId'>;

/** A catalogue row: `seq * 1024 + vb`, below 2^53; vb is the birth bucket and never changes. */
export type TrackId = Branded<number, 'TrackId'>;
export type AlbumId = Branded<number, 'AlbumId'>;
export type ArtistId = Branded<number, 'ArtistId'>;
export type PlaylistId = Branded<number, 'PlaylistId'>;
export type UserId = Branded<number, 'UserId'>;

export const BUCKET_COUNT = 1024;

export function catalogId<Id extends number>(seq: number, bucket: number): Id {
  const id = seq * BUCKET_COUNT + bucket;
  if (!Number.isSafeInteger(id) || bucket < 0 || bucket >= BUCKET_COUNT) {
    throw new RangeError('catalogue id out of range');
  }
  return id as Id;
}

/** The bucket that a row was born in: the shard that holds it, and the first part of its primary key. */
export function bucketOf(id: number): number {
  return id % BUCKET_COUNT;
}

const ID_BYTES = 16;

/** A fresh 128-bit id from a source of random bytes. */
export function randomId<Id extends string>(random: (lengthBytes: number) => Uint8Array): Id {
  return random(ID_BYTES).toHex() as Id;
}

const HEX_ID = /^[0-9a-f]{32}$/;

export function isHexId(text: string): boolean {
  return HEX_ID.test(text);
}

/** What a wire id names, from its prefix. */
export interface WireIdKinds {
  tr: TrackId;
  al: AlbumId;
  ar: ArtistId;
  pl: PlaylistId;
  us: UserId;
}
export type WireKind = keyof WireIdKinds;

/** `tr-1z9k`: opaque to clients, and carries its kind. */
export function wireId<Kind extends WireKind>(kind: Kind, id: WireIdKinds[Kind]): string {
  return `${kind}-${(id as number).toString(36)}`;
}

const WIRE_ID = /^(tr|al|ar|pl|us)-([0-9a-z]{1,11})$/;

/** Undefined for anything that `wireId` does not write. */
export function parseWireId(
  text: string,
): { [K in WireKind]: { kind: K; id: WireIdKinds[K] } }[WireKind] | undefined {
  const match = WIRE_ID.exec(text);
  if (!match) return undefined;
  const [, kind, digits] = match as unknown as [string, WireKind, string];
  const id = Number.parseInt(digits, 36);
  if (!Number.isSafeInteger(id) || id.toString(36) !== digits) return undefined;
  return { kind, id } as ReturnType<typeof parseWireId>;
}
