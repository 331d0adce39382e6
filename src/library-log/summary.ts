import type { ServerId } from '../core/index.ts';
import { Chain, type Link } from './chain.ts';

/** What one server's chain amounts to. */
export interface ChainSummary {
  readonly serverId: ServerId;
  /** Segments that could be read. */
  readonly segments: number;
  /** SHA-256 of the newest one, hexadecimal; undefined where none could be read. */
  readonly head?: string;
  readonly newestAtMs?: number;
  /** Numbers of segments that are needed, and that no reachable node holds whole. */
  readonly missing: readonly number[];
  /** Objects under a segment's name that are none: damaged on every node, forged, or under a key that is not known. */
  readonly refused: number;
}

/** A segment that was read. */
export interface ReadLink extends Link {
  /** Hexadecimal SHA-256 of its object. */
  readonly hash: string;
  readonly previous: string;
  readonly createdAtMs: number;
}

const NO_HASH = '0'.repeat(64);

export function summarise(
  serverId: ServerId,
  links: readonly ReadLink[],
  refused: readonly number[],
): ChainSummary {
  const newest = links.toSorted((a, b) => a.seq - b.seq).at(-1);
  const newestAtMs = links.reduce((latest, link) => Math.max(latest, link.createdAtMs), 0);
  return {
    serverId,
    segments: links.length,
    ...(newest ? { head: newest.hash, newestAtMs } : {}),
    missing: missingFrom(links, refused, newest?.seq ?? 0),
    refused: refused.length,
  };
}

/**
 * Walks back from each end: a server that was restored from a backup has several. Where the walk stops before the
 * beginning, segments are missing, unless a complete snapshot stands for them.
 */
function missingFrom(
  links: readonly ReadLink[],
  refused: readonly number[],
  newestSeq: number,
): readonly number[] {
  const byHash = new Map(links.map((link) => [link.hash, link]));
  const followed = new Set(links.map((link) => link.previous));
  const seqs = links.map(({ seq }) => seq);
  const missing = new Set(refused.filter((seq) => seq > newestSeq));
  for (const end of links.filter(({ hash }) => !followed.has(hash))) {
    const walked = [end];
    for (let at = byHash.get(end.previous); at; at = byHash.get(at.previous)) walked.push(at);
    const first = walked.at(-1) ?? end;
    if (first.previous === NO_HASH) continue;
    const chain = new Chain();
    for (const link of walked.toReversed()) chain.append(link);
    if (chain.hasBase) continue;
    const before = seqs.reduce((latest, seq) => (seq < first.seq - 1 && seq > latest ? seq : latest), 0);
    for (let seq = before + 1; seq < first.seq; seq++) missing.add(seq);
  }
  return [...missing].sort((a, b) => a - b);
}
