import { ClefError, equalBytes, fromUtf8, isClefError, type LibraryId, toHex, utf8 } from '../core/index.ts';
import { sha256 } from '../crypto/index.ts';
import { ensureObject } from './ensure-object.ts';
import type { NodeSet } from './node-set.ts';
import type { NodeCallOptions, StorageNode } from './nodes/port.ts';

/** Signed keyrings and trust statements, as compact JWS. Whether any of them counts is for the keyholder to judge. */
export interface KeyStatements {
  readonly library: readonly string[];
  readonly service: readonly string[];
  readonly trust: readonly string[];
}

const KINDS = ['library', 'service', 'trust'] as const;
/** Far over the largest keyring; what is longer was not written by Clef. */
const MAX_STATEMENT_BYTES = 2 ** 21;
/** An attacker of a node may put any number of objects there. */
const MAX_STATEMENTS_A_NODE = 4_096;
/** And as long as it likes: all of them are held until they are judged. A library's own take some KB each. */
const MAX_BYTES_A_NODE = 2 ** 26;

/** `<library>/keys/<kind>-<first 32 hex digits of its SHA-256>.jws`: a name never gets other bytes. */
const NAME = /^[0-9a-f]{32}\/keys\/(library|service|trust)-[0-9a-f]{32}\.jws$/;

/** Every statement that any reachable node holds, each once. A node that fails is passed over. */
export async function readStatements(
  nodes: NodeSet,
  libraryId: LibraryId,
  options: NodeCallOptions = {},
): Promise<KeyStatements> {
  const found = { library: new Set<string>(), service: new Set<string>(), trust: new Set<string>() };
  for (const node of nodes.reachable()) {
    try {
      for await (const { kind, text } of statementsOn(node, libraryId, options)) found[kind].add(text);
    } catch (error) {
      options.signal?.throwIfAborted();
      if (!isClefError(error) || error.code === 'internal') throw error;
    }
  }
  return { library: [...found.library], service: [...found.service], trust: [...found.trust] };
}

/**
 * Puts the statements on every reachable node that lacks them, or has other bytes under their name; answers how many
 * nodes have them all now. Throws `vault-too-few-nodes` where that is none. It may be repeated, for nodes that were away.
 */
export async function storeStatements(
  nodes: NodeSet,
  libraryId: LibraryId,
  statements: KeyStatements,
  options: NodeCallOptions = {},
): Promise<number> {
  const objects: { name: string; text: string }[] = [];
  for (const kind of KINDS) {
    for (const text of statements[kind]) {
      const hash = toHex(await sha256(utf8(text))).slice(0, 32);
      objects.push({ name: `${libraryId}/keys/${kind}-${hash}.jws`, text });
    }
  }
  const results = await Promise.allSettled(
    nodes.reachable().map(async (node) => {
      for (const { name, text } of objects) {
        const bytes = utf8(text);
        await ensureObject(node, name, bytes, (existing) => equalBytes(existing, bytes), options);
      }
    }),
  );
  options.signal?.throwIfAborted();
  const holders = results.filter(({ status }) => status === 'fulfilled').length;
  if (holders > 0) return holders;
  const failed = results.find((result) => result.status === 'rejected');
  throw new ClefError(
    'vault-too-few-nodes',
    'no storage node took the keyrings; is any of them mounted and writable?',
    failed ? { cause: failed.reason } : {},
  );
}

async function* statementsOn(node: StorageNode, libraryId: LibraryId, options: NodeCallOptions) {
  let count = 0;
  let bytes = 0;
  for await (const { name, lengthBytes } of node.list(`${libraryId}/keys/`, options)) {
    const kind = NAME.exec(name)?.[1] as (typeof KINDS)[number] | undefined;
    if (kind === undefined || lengthBytes > MAX_STATEMENT_BYTES) continue;
    bytes += lengthBytes;
    if (++count > MAX_STATEMENTS_A_NODE || bytes > MAX_BYTES_A_NODE) return;
    const text = asText(await node.read(name, 0, lengthBytes, options));
    if (text !== undefined) yield { kind, text };
  }
}

function asText(bytes: Uint8Array): string | undefined {
  try {
    return fromUtf8(bytes);
  } catch {
    return undefined;
  }
}
