import { Children, type ReactNode } from 'react';
import { useTint } from './use-tint.ts';

interface HeroProps {
  readonly cover: ReactNode;
  /** Gives the page its colour. */
  readonly coverId: string | undefined;
  readonly kind: string;
  readonly title: string;
  /** Empty ones are left out. */
  readonly facts: readonly ReactNode[];
  readonly text?: string;
  readonly actions: ReactNode;
}

/** The head of a page that is about one thing. */
export function Hero({ cover, coverId, kind, title, facts, text, actions }: HeroProps) {
  const tint = useTint(coverId);
  return (
    <header className="hero" style={tint}>
      {cover}
      <div className="hero-body">
        <p className="hero-kind">{kind}</p>
        <h1 className="hero-title" dir="auto" title={title}>
          {title}
        </h1>
        <div className="hero-facts">
          {Children.map(
            facts.filter((fact) => fact !== undefined && fact !== false && fact !== ''),
            (fact) => (
              <span>{fact}</span>
            ),
          )}
        </div>
        {text && (
          <p className="hero-text" dir="auto">
            {text}
          </p>
        )}
        <div className="hero-actions">{actions}</div>
      </div>
    </header>
  );
}

export function HeroSkeleton({ isRound = false }: { readonly isRound?: boolean }) {
  return (
    <div className="hero">
      <span className={`cover skeleton ${isRound ? 'cover-round' : ''}`} />
      <div className="hero-body">
        <span className="skeleton skeleton-line skeleton-title" />
        <span className="skeleton skeleton-line skeleton-short" />
        <div className="hero-actions">
          <span className="button" />
        </div>
      </div>
    </div>
  );
}
