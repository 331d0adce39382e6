import { useMessages } from '../messages/use-messages.ts';

const kinds = ['data', 'parity', 'unchecked', 'offline', 'missing', 'damaged'] as const;

interface LegendProps {
  /** Some cells have not been read. */
  readonly hasUnchecked?: boolean;
}

export function Legend({ hasUnchecked = false }: LegendProps) {
  const { matrix: words } = useMessages();
  return (
    <ul className="matrix-legend" aria-label={words.legend.label}>
      {kinds
        .filter((kind) => hasUnchecked || kind !== 'unchecked')
        .map((kind) => (
          <li key={kind} className="matrix-legend-item">
            <span className={`matrix-cell matrix-cell-${kind}`} aria-hidden="true" />
            {words.legend[kind]}
          </li>
        ))}
    </ul>
  );
}
