import type { Logger } from 'pino';
import {
  createReadyProbe,
  type EdgeFiles,
  type Membership,
  type MembershipSource,
  watchEdge,
  type WatchEvent,
} from '../../edge/index.ts';
import { createApplyToNginx, masterIn, RunningNginx, Versions } from '../../edge/nginx-apply/index.ts';
import { createLog } from '../log.ts';
import type { Shell } from '../shell.ts';
import { answersAt } from './answers-at.ts';

export interface RunEdgeWatchOptions {
  readonly source: MembershipSource;
  readonly render: (membership: Membership) => EdgeFiles;
  /** The file of what is rendered that NGINX starts with. */
  readonly main: string;
  readonly folder: string;
  /** Whose NGINX it is: one that others started and whose id is in a file, or this process's own. */
  readonly nginx: { readonly kind: 'running'; readonly pidFile: string } | { readonly kind: 'own' };
  /** An address of the edge that answers something once it works. */
  readonly check?: string;
  /** Where figures of the edge go. */
  readonly metrics?: string;
}

/** Keeps an NGINX to who is there, until it is told to stop. */
export async function runEdgeWatch(shell: Shell, options: RunEdgeWatchOptions): Promise<void> {
  const { config, signal } = shell;
  const { source, render, main, folder, nginx, check, metrics } = options;
  const log = createLog(config.logLevel);
  await using stack = new AsyncDisposableStack();
  // Its own NGINX ended: there is nothing left to watch over.
  const fell = new AbortController();
  const figures = metrics === undefined ? undefined : stack.use(await keepFigures(metrics, log));
  let own: RunningNginx | undefined;
  const set = createApplyToNginx({
    folder,
    main,
    master: async () => (nginx.kind === 'own' ? own?.pid : masterIn(nginx.pidFile)),
    ...(check !== undefined && { answers: () => answersAt(check) }),
  });
  async function apply(files: EdgeFiles): Promise<void> {
    await set(files);
    if (nginx.kind !== 'own' || own) return;
    const prefix = new Versions(folder).current;
    own = stack.use(await RunningNginx.start({ prefix, main, onExit: (error) => fell.abort(error) }));
  }
  await watchEdge({
    source,
    probe: createReadyProbe(),
    render,
    apply,
    onEvent: (event) => {
      note(event, log, shell);
      figures?.note(event);
    },
    signal: AbortSignal.any([signal, fell.signal]),
  });
  if (!signal.aborted) fell.signal.throwIfAborted();
}

/** Loaded where it is used: what writes figures comes with a server. */
async function keepFigures(file: string, log: Logger) {
  const { EdgeFigures } = await import('./edge-figures.ts');
  return new EdgeFigures({ file, log });
}

function note(event: WatchEvent, log: Logger, { terminal }: Pick<Shell, 'terminal'>): void {
  switch (event.kind) {
    case 'changed':
      log.info({ cause: event.cause }, 'the cluster changed');
      break;
    case 'applied': {
      const { servers, causes } = event;
      log.info({ servers, causes }, 'the edge was set anew');
      terminal.say(
        `The edge leads to ${servers.join(', ')}${causes.length > 0 ? ` (${causes.join('; ')})` : ''}.`,
      );
      break;
    }
    case 'failed':
      log.error(
        { err: event.error, againInMs: event.againInMs },
        'the edge stays as it was; it is tried again',
      );
      break;
    case 'unknown':
      log.warn(
        { err: event.error },
        'who is in the cluster is not known just now; the edge keeps to what was known',
      );
      break;
    case 'empty':
      log.warn('nobody says that they are in the cluster; the edge keeps to what was known');
      break;
    case 'none-ready':
      log.warn('no server is ready; the edge leads to all of them');
      break;
    default:
      event satisfies never;
  }
}
