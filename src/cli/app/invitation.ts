import * as v from 'valibot';
import {
  ClefError,
  fromBase64Url,
  fromUtf8,
  isHexId,
  type LibraryId,
  type NodeId,
  type Policy,
  toBase64Url,
  utf8,
} from '../../core/index.ts';
import { type KeyringHead, sha256 } from '../../crypto/index.ts';
import type { LibraryPin } from '../../keystore/index.ts';
import { NODE_USES, type NodeUse } from './node-file.ts';

/** A node as all servers of a library have to know it. */
export interface InvitedNode {
  readonly id: NodeId;
  /** As the server that invites names it: another machine may reach it elsewhere. */
  readonly place: string;
  readonly use: NodeUse;
  /** Absent for one that was removed. */
  readonly domain?: string;
  /** Where a person said one. */
  readonly weight?: number;
}

/**
 * What a server needs to take up a library beside those it has, and must believe neither nodes nor database for. Nothing in
 * it is secret; whoever could change it on its way could show another library.
 */
export interface Invitation {
  readonly pin: LibraryPin;
  /** Of new assets. */
  readonly policy: Policy;
  readonly nodes: readonly InvitedNode[];
}

const PREFIX = 'clef-invitation-1';
/** The beginning of a SHA-256, against what was copied in part. */
const CHECKSUM_CHARACTERS = 8;
const MAX_CHARACTERS = 2 ** 20;

const hexId = v.pipe(v.string(), v.check(isHexId));
const version = v.pipe(v.number(), v.safeInteger(), v.minValue(1));
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const head = v.strictObject({
  version,
  hash: v.pipe(v.string(), v.regex(/^[\w-]{43}$/), v.transform(fromBase64Url)),
});
const schema = v.strictObject({
  library: hexId,
  root: v.pipe(v.string(), v.regex(/^[\w-]{43}$/)),
  heads: v.strictObject({ library: head, service: head }),
  trust: version,
  policy: v.strictObject({ k: version, m: count }),
  nodes: v.array(
    v.strictObject({
      id: hexId,
      place: v.string(),
      use: v.picklist(NODE_USES),
      domain: v.exactOptional(v.string()),
      weight: v.exactOptional(v.pipe(v.number(), v.finite(), v.gtValue(0))),
    }),
  ),
});

/** One line, to be copied. */
export async function writeInvitation({ pin, policy, nodes }: Invitation): Promise<string> {
  const { libraryId, rootFingerprint, heads, trustVersion } = pin;
  const wire: v.InferInput<typeof schema> = {
    library: libraryId,
    root: rootFingerprint,
    heads: { library: wireHead(heads.library), service: wireHead(heads.service) },
    trust: trustVersion,
    policy: { k: policy.k, m: policy.m },
    nodes: [...nodes],
  };
  const body = toBase64Url(utf8(JSON.stringify(wire)));
  return `${PREFIX}.${body}.${await checksumOf(body)}`;
}

/** `bad-request` for anything but a whole invitation. */
export async function parseInvitation(text: string): Promise<Invitation> {
  const [prefix, body = '', checksum, ...more] = text.trim().slice(0, MAX_CHARACTERS).split('.');
  if (prefix !== PREFIX || more.length > 0 || checksum !== (await checksumOf(body)))
    throw notWhole('a part of it is missing or changed');
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), schema), textOf(body));
  if (!parsed.success) throw notWhole(v.getDotPath(parsed.issues[0]) ?? 'its form');
  const { library, root, heads, trust, policy, nodes } = parsed.output;
  return {
    pin: { libraryId: library as LibraryId, rootFingerprint: root, heads, trustVersion: trust },
    policy,
    nodes: nodes.map((node) => ({ ...node, id: node.id as NodeId })),
  };
}

async function checksumOf(body: string): Promise<string> {
  return toBase64Url(await sha256(utf8(body))).slice(0, CHECKSUM_CHARACTERS);
}

function textOf(body: string): string {
  try {
    return fromUtf8(fromBase64Url(body));
  } catch {
    return '';
  }
}

function wireHead({ version: of, hash }: KeyringHead) {
  return { version: of, hash: toBase64Url(hash) };
}

function notWhole(what: string): ClefError {
  return new ClefError(
    'bad-request',
    `this is not the whole line that \`clef server invite\` prints on a server of the library (${what})`,
  );
}
