import type { CSSProperties } from 'react';
import { coverAddress } from '../data/client.ts';
import { hueOf } from './hue.ts';

interface CoverProps {
  readonly coverId: string | undefined;
  /** Decides the colours where there is no picture. */
  readonly seed: string;
  /** Shown width in CSS pixels, at most. */
  readonly pixels: number;
  readonly isRound?: boolean;
  /** For the one that the page is about: loaded before others. */
  readonly isFirst?: boolean;
}

/** A picture, always square; decoration, since the title stands beside it. */
export function Cover({ coverId, seed, pixels, isRound = false, isFirst = false }: CoverProps) {
  const shape = isRound ? 'cover cover-round' : 'cover';
  if (coverId === undefined) {
    return <span className={`${shape} cover-drawn`} style={{ '--hue': hueOf(seed) } as CSSProperties} />;
  }
  return (
    <span className={shape}>
      <img
        src={coverAddress(coverId, pixels)}
        srcSet={`${coverAddress(coverId, pixels)} 1x, ${coverAddress(coverId, pixels * 2)} 2x`}
        alt=""
        width={pixels}
        height={pixels}
        loading={isFirst ? 'eager' : 'lazy'}
        fetchPriority={isFirst ? 'high' : 'auto'}
        decoding="async"
      />
    </span>
  );
}
