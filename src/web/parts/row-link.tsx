import { useRouter } from '@tanstack/react-router';
import type { MouseEvent, ReactNode } from 'react';
import { basePath } from '../data/client.ts';

interface RowLinkProps {
  readonly to: { readonly kind: 'albums' | 'artists'; readonly id: string };
  readonly children: ReactNode;
}

/**
 * A link in one of hundreds of thousands of rows. The router's own prepares its page ahead and follows where one
 * is, which costs more than all the rest of a row when rows fly by.
 */
export function RowLink({ to: { kind, id }, children }: RowLinkProps) {
  const router = useRouter();
  function follow(event: MouseEvent): void {
    const opensElsewhere = event.ctrlKey || event.metaKey || event.shiftKey || event.altKey;
    if (event.button !== 0 || opensElsewhere) return;
    event.preventDefault();
    void (kind === 'albums'
      ? router.navigate({ to: '/albums/$albumId', params: { albumId: id } })
      : router.navigate({ to: '/artists/$artistId', params: { artistId: id } }));
  }
  return (
    // The list is one stop of the Tab key.
    <a href={`${basePath}/${kind}/${id}`} tabIndex={-1} onClick={follow}>
      {children}
    </a>
  );
}
