import type { Membership } from './membership.ts';

/** What is heard of a cluster: who is in it now, or why nobody can say just now. What was known last goes on being so. */
export type MembershipNews =
  | { readonly kind: 'known'; readonly membership: Membership }
  | { readonly kind: 'unknown'; readonly error: unknown };

/**
 * Where an edge learns who answers for a library.
 *
 * `watch` tells who is there as soon as that is known, and then each change, in order; equal memberships in a row are told once. A source that
 * fails says so once, tries on by itself, and tells who is there when it knows again. It resolves when the signal is aborted and
 * nothing will be told any more, and never rejects. It may be called once.
 */
export interface MembershipSource {
  watch(onNews: (news: MembershipNews) => void, signal: AbortSignal): Promise<void>;
}

/** Lets through what differs from the news before: each source tells as often as it looks. */
export function onlyChanges(onNews: (news: MembershipNews) => void): (news: MembershipNews) => void {
  let told: string | undefined;
  return (news) => {
    const text = news.kind === 'known' ? JSON.stringify(news.membership) : 'unknown';
    if (text === told) return;
    told = text;
    onNews(news);
  };
}

/** In the order that a membership has. */
export function membershipOf(servers: Iterable<Membership['servers'][number]>): Membership {
  return { servers: Array.from(servers).toSorted((one, other) => (one.name < other.name ? -1 : 1)) };
}
