import type { Logger } from 'pino';
import type { CatalogReader, ChangeStream } from '../../../catalog/index.ts';
import type { Upload, Uploads } from '../../../uploads/index.ts';
import type { ScanControl, VaultPages } from '../../ports.ts';
import type { VaultSurvey } from '../vault-survey.ts';
import { wireImport } from '../wire/import.ts';
import { wireUploads } from '../wire/uploads.ts';
import { atMostEvery } from '../../at-most.ts';
import type { EventHub } from './event-hub.ts';

/** A scan may commit a hundred times a second; a page of albums is not to be asked for as often. */
const LIBRARY_CHANGED_MS = 1_000;
const IMPORT_PROGRESS_MS = 500;
const VAULT_CHANGED_MS = 1_000;
/** What lists and pages of music are made of. What listeners do with it is no news to others. */
const MUSIC: ReadonlySet<string> = new Set(['track', 'album', 'artist', 'lyrics', 'redirect']);

export interface NewsSources {
  readonly catalog: Pick<ChangeStream, 'onCommit'> & Pick<CatalogReader, 'tracks'>;
  readonly scan: ScanControl;
  readonly vaultPages: Pick<VaultPages, 'onChange'>;
  readonly survey: Pick<VaultSurvey, 'forget'>;
  readonly uploads: Pick<Uploads, 'onChange'>;
  readonly log: Pick<Logger, 'error'>;
  readonly now: () => number;
}

/** Tells listeners of what happens on the server, without ever keeping it from happening. Returns what stops it. */
export function tellNews(hub: EventHub, sources: NewsSources): () => void {
  const { catalog, scan, vaultPages, survey, uploads, log, now } = sources;
  const library = atMostEvery(LIBRARY_CHANGED_MS, () =>
    hub.publish({ kind: 'library-changed', atMs: now() }, { kind: 'everyone' }),
  );
  const progress = atMostEvery(IMPORT_PROGRESS_MS, () =>
    hub.publish({ kind: 'import-progress', progress: wireImport(scan.status()) }, { kind: 'administrators' }),
  );
  const vault = atMostEvery(VAULT_CHANGED_MS, () => {
    // Who asks because of this is to see it.
    survey.forget();
    hub.publish({ kind: 'vault-changed', atMs: now() }, { kind: 'everyone' });
  });
  async function tellUpload(changed: Upload): Promise<void> {
    const { userId: user } = changed;
    for (const upload of await wireUploads(catalog, user, [changed])) {
      hub.publish({ kind: 'upload-changed', upload }, { kind: 'account', user });
    }
  }

  const stops = [
    catalog.onCommit((tables) => {
      if (!MUSIC.isDisjointFrom(tables)) library.ask();
    }),
    scan.onChange(() => progress.ask()),
    vaultPages.onChange(() => vault.ask()),
    uploads.onChange((upload) => {
      tellUpload(upload).catch((error: unknown) =>
        log.error({ err: error }, 'the end of an upload was not told'),
      );
    }),
    library.stop,
    progress.stop,
    vault.stop,
  ];
  return () => {
    for (const stop of stops) stop();
  };
}
