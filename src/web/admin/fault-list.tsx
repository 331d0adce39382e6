import type { ImportFindings } from '../../api/index.ts';
import { Icon } from '../parts/icon.tsx';
import { useAdminMessages } from './use-admin-messages.ts';

/** What could not be imported, and why; folded where it is long. */
const FOLDED_FROM = 6;

export function FaultList({ findings: { failed, faults } }: { readonly findings: ImportFindings }) {
  const {
    admin: { import: words },
  } = useAdminMessages();
  return (
    <details className="faults" open={faults.length < FOLDED_FROM}>
      <summary className="faults-title">
        <Icon name="warning" />
        {words.faultsTitle(failed)}
        <Icon name="chevronDown" />
      </summary>
      <ul className="faults-list">
        {faults.map(({ path, code, reason }) => (
          <li key={`${path ?? ''} ${code}`}>
            <span className="faults-path" dir="auto">
              {path ?? words.whole}
            </span>
            {/* The server's words, as in docs/errors.md. */}
            <span className="setting-hint" lang="en">
              {reason}
            </span>
          </li>
        ))}
        {failed > faults.length && (
          <li className="setting-hint">{words.moreFaults(failed - faults.length)}</li>
        )}
      </ul>
    </details>
  );
}
