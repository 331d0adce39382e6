import { useQuery, useQueryClient } from '@tanstack/react-query';
import { type ImportProgress, routes } from '../../api/index.ts';
import { call } from '../data/client.ts';
import { useFormats } from '../messages/use-messages.ts';
import { Icon } from '../parts/icon.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { tell } from '../shell/toasts.ts';
import { FaultList } from './fault-list.tsx';
import { Figures } from '../parts/figures.tsx';
import { findingsQuery, importQuery, useImportEvents } from './queries.ts';
import { useAdminMessages } from './use-admin-messages.ts';

/** What the importer does, while it does it, and what it came upon. */
export function ImportPanel() {
  const {
    admin: { import: words },
    told,
  } = useAdminMessages();
  const queryClient = useQueryClient();
  const query = useQuery(importQuery);
  useImportEvents(queryClient);

  async function start(): Promise<void> {
    try {
      await call(routes.startImport, {});
      await queryClient.invalidateQueries({ queryKey: importQuery.queryKey });
    } catch {
      tell(told.failed);
    }
  }

  return (
    <section className="panel" aria-labelledby="import">
      <header className="panel-head">
        <h2 id="import" className="panel-title">
          {words.title}
        </h2>
        <button
          type="button"
          className="button button-primary"
          disabled={query.data?.scanning ?? true}
          onClick={() => void start()}
        >
          <Icon name="search" />
          {words.start}
        </button>
      </header>
      <Loaded query={query} skeleton={<span className="skeleton admin-skeleton" />}>
        {(progress) => <ImportState progress={progress} />}
      </Loaded>
    </section>
  );
}

function ImportState({ progress }: { readonly progress: ImportProgress }) {
  const {
    admin: { import: words },
  } = useAdminMessages();
  const { moment } = useFormats();
  const { scanning, phase, lastScanMs } = progress;
  return (
    <>
      {/* It changes with the phase alone: numbers that run would be read out without end. */}
      <p className="panel-lead" role="status">
        {scanning
          ? words.phases[phase ?? 'starting']
          : lastScanMs === undefined
            ? words.never
            : words.upToDate(moment(lastScanMs))}
      </p>
      {scanning && <Running progress={progress} />}
      <Findings progress={progress} />
    </>
  );
}

function Running({
  progress: { phase, done, total, failed, bytesPerSecond, remainingMs },
}: {
  readonly progress: ImportProgress;
}) {
  const {
    admin: { import: words },
  } = useAdminMessages();
  const { bytes, duration, number } = useFormats();
  const isCounting = phase === 'importing' || phase === 'finishing';
  const said = words.progress(number(done), number(total ?? done));
  return (
    <>
      <progress
        className="bar"
        aria-label={words.title}
        {...(isCounting &&
          total !== undefined && { value: done, max: Math.max(1, total), 'aria-valuetext': said })}
      />
      <Figures
        figures={[
          isCounting
            ? { value: number(done), label: words.files(number(total ?? done)) }
            : { value: number(total ?? 0), label: words.found },
          { value: bytesPerSecond === undefined ? '–' : bytes(bytesPerSecond), label: words.rate },
          { value: remainingMs === undefined ? '–' : duration(remainingMs), label: words.left },
          { value: number(failed), label: words.faults },
        ]}
      />
    </>
  );
}

function Findings({ progress }: { readonly progress: ImportProgress }) {
  const {
    admin: { import: words },
  } = useAdminMessages();
  const { number } = useFormats();
  const { data: findings } = useQuery(findingsQuery(progress));
  if (!findings) return null;
  const { added, changed, missing, failed } = findings;
  const hasRun = !progress.scanning && progress.lastScanMs !== undefined;
  return (
    <>
      {hasRun && (
        <Figures
          figures={[
            { value: number(added), label: words.added },
            { value: number(changed), label: words.changed },
            { value: number(missing), label: words.missing },
            { value: number(failed), label: words.faults },
          ]}
        />
      )}
      {hasRun && missing > 0 && <p className="setting-hint">{words.missingHint}</p>}
      {failed > 0 && <FaultList findings={findings} />}
    </>
  );
}
