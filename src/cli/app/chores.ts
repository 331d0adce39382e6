import { supersededIn } from '../operations/maintenance.ts';
import type { App } from './app.ts';
import { scrubInBackground } from './background-scrub.ts';
import { unlessAnother } from './chore-turns.ts';
import { drillReminder } from './drills.ts';
import { continueRelayout } from './relayouts.ts';
import { repairWhatWasFound } from './repairs.ts';

/** Changes are on the nodes within this time and a little more. */
const LIBRARY_LOG_MS = 20_000;
const TEND_LIBRARY_LOG_MS = 60_000;
const PROBE_NODES_MS = 15_000;
const REPAIR_MS = 300_000;
const CREDENTIAL_USE_MS = 600_000;
const BACKFILL_MS = 60_000;
const RELAYOUT_MS = 300_000;
/** Whether a pass is due; one that is takes as long as its rate wants. */
const SCRUB_MS = 600_000;
/** As old as the figures of the vault may be. */
const GATHER_FIGURES_MS = 300_000;
const TEND_UPLOADS_MS = 60_000;
const REMIND_MS = 86_400_000;

/** What a server does at intervals, one run of each at a time; what is done for all servers by one of them. */
export function startChores(app: App): AsyncDisposable {
  const {
    libraryLog,
    keys,
    nodes,
    usage,
    devices,
    accountStore,
    catalog,
    search,
    playing,
    companions,
    uploads,
    database,
  } = app;
  remindOfDrill(app);
  const chores = [
    repeat(app, 'the library log could not be written; it is tried again', LIBRARY_LOG_MS, async (signal) => {
      await libraryLog.flush(signal);
      // Kept until all who follow the changes have them.
      const followed = [libraryLog.head.position, search.position()?.seq ?? 0, playing.followedUpTo()];
      await catalog.trim(Math.min(...followed));
    }),
    repeat(app, 'the library log could not be tended; it is tried again', TEND_LIBRARY_LOG_MS, (signal) =>
      libraryLog.tend(signal),
    ),
    repeat(app, 'storage nodes could not be asked', PROBE_NODES_MS, (signal) => nodes.probe({ signal })),
    repeat(app, 'keyrings on the nodes could not be tended; it is tried again', PROBE_NODES_MS, (signal) =>
      keys.tend(signal),
    ),
    repeat(app, 'damaged columns could not be repaired', REPAIR_MS, (signal) =>
      unlessAnother(database, 'repair', () => repairWhatWasFound(app, signal)),
    ),
    repeat(app, 'assets could not be dealt out anew; it is tried again', RELAYOUT_MS, (signal) =>
      unlessAnother(database, 'relayout', () => continueRelayout(app, signal)),
    ),
    repeat(app, 'the nodes could not be looked through; it is tried again', SCRUB_MS, (signal) =>
      unlessAnother(database, 'scrub', () =>
        scrubInBackground({
          nodes,
          libraryId: app.data.identity.libraryId,
          trust: app.keys.keys.trust,
          now: app.shell.now,
          data: app.data,
          log: app.log,
          gibibytesPerDay: app.config.scrub,
          isSuperseded: supersededIn(catalog),
          onDamage: (report) => app.vault.damage.report(report),
          signal,
        }),
      ),
    ),
    repeat(
      app,
      'figures of the vault could not be gathered; it is tried again',
      GATHER_FIGURES_MS,
      (signal) => app.vaultFigures.gather({ assets: catalog.storedAssets(), nodes, data: app.data }, signal),
    ),
    repeat(app, 'packet tables could not be made; that is tried again', BACKFILL_MS, (signal) =>
      unlessAnother(database, 'packet-tables', () => companions.backfill(signal)),
    ),
    repeat(app, 'uploads could not be tended; it is tried again', TEND_UPLOADS_MS, () => uploads.tend()),
    repeat(app, 'the last use of credentials could not be written down', CREDENTIAL_USE_MS, async () => {
      await usage.flush(accountStore);
      await devices.flushUses();
    }),
    repeat(app, 'nobody was reminded of the drill', REMIND_MS, async () => remindOfDrill(app)),
  ];
  return {
    async [Symbol.asyncDispose]() {
      await Promise.all(chores.map((stop) => stop()));
    },
  };
}

function remindOfDrill({ drills, log }: App): void {
  const reminder = drillReminder(drills.standing());
  if (reminder !== undefined) log.warn(reminder);
}

/** Returns what stops it and waits for the run under way. */
function repeat(
  { log }: App,
  failure: string,
  intervalMs: number,
  chore: (signal: AbortSignal) => Promise<void>,
): () => Promise<void> {
  const stopping = new AbortController();
  let running: Promise<void> | undefined;
  const timer = setInterval(() => {
    running ??= chore(stopping.signal)
      .catch((error: unknown) => {
        if (!stopping.signal.aborted) log.warn({ err: error }, failure);
      })
      .finally(() => {
        running = undefined;
      });
  }, intervalMs);
  return async () => {
    clearInterval(timer);
    stopping.abort();
    await running;
  };
}
