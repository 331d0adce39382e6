import { useMessages } from '../messages/use-messages.ts';

const kinds = ['data', 'parity', 'offline', 'missing', 'damaged'] as const;

export function Legend() {
  const { matrix: words } = useMessages();
  return (
    <ul className="matrix-legend" aria-label={words.legend.label}>
      {kinds.map((kind) => (
        <li key={kind} className="matrix-legend-item">
          <span className={`matrix-cell matrix-cell-${kind}`} aria-hidden="true" />
          {words.legend[kind]}
        </li>
      ))}
    </ul>
  );
}
