import { X509Certificate } from 'node:crypto';
import { hostname, networkInterfaces } from 'node:os';
import type { Logger } from 'pino';
import type { HttpServer, SecureDoor, TrustSource } from '../../http/index.ts';
import { isDue, issue, type IssueContext, namesOfMachine, TlsFolder } from '../../tls/index.ts';
import type { Shell } from '../shell.ts';

/** What is made by a command while the server runs is used within this time. */
const LOOK_MS = 5_000;
const RENEWAL_CHECK_MS = 12 * 3_600_000;

export function tlsContext({ config, dataRoot, now, signal }: Shell): IssueContext {
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return {
    folder: new TlsFolder(dataRoot),
    machine: namesOfMachine({ hostName: hostname(), addresses }),
    label: hostname(),
    challengeListen: config.acmeListen,
    now,
    signal,
  };
}

export interface TlsDoor extends AsyncDisposable, TrustSource {
  /** Listens from when there is a certificate: now, or once a command makes one. */
  start(http: HttpServer): Promise<SecureDoor | undefined>;
  /** Of the certificate that is shown; undefined while there is none. */
  expiresAtMs(): number | undefined;
}

/** Serves TLS with what the data folder holds, follows its changes, and renews what comes to its end. */
export function createTlsDoor(shell: Shell, log: Logger): TlsDoor {
  const { folder } = tlsContext(shell);
  const stopping = new AbortController();
  let door: SecureDoor | undefined;
  let authorityPem: string | undefined;
  let version: string | undefined;
  let expiresAtMs: number | undefined;
  let checkedMs = -Infinity;
  let looking: Promise<void> | undefined;

  async function look(http: HttpServer): Promise<void> {
    const plan = await folder.plan();
    if (!plan) return;
    if (shell.now() - checkedMs >= RENEWAL_CHECK_MS) {
      checkedMs = shell.now();
      await renew(plan);
    }
    const found = await folder.version();
    if (found === version) return;
    const certificate = await folder.server();
    if (!certificate) return;
    authorityPem = plan.kind === 'local' ? (await folder.authority())?.certificatePem : undefined;
    if (door) door.exchange(certificate);
    else {
      door = await http.listenSecurely(shell.config.tlsListen, certificate);
      log.info({ port: door.port }, 'listening with TLS');
    }
    expiresAtMs = new X509Certificate(certificate.certificatePem).validToDate.getTime();
    version = found;
  }

  /** A renewal that fails leaves what is in force, which holds for weeks yet. */
  async function renew(plan: NonNullable<Awaited<ReturnType<TlsFolder['plan']>>>): Promise<void> {
    const context = { ...tlsContext(shell), signal: stopping.signal };
    const server = await folder.server();
    try {
      if (server && !(await isDue(plan, server, context))) return;
      await issue(plan, context);
      log.info('the TLS certificate was renewed');
    } catch (error) {
      log.warn({ err: error }, 'the TLS certificate could not be renewed; it is tried again in twelve hours');
    }
  }

  let timer: NodeJS.Timeout | undefined;
  return {
    authority: () =>
      authorityPem !== undefined && door ? { authorityPem, securePort: door.port } : undefined,
    expiresAtMs: () => expiresAtMs,
    async start(http) {
      await look(http);
      timer = setInterval(() => {
        looking ??= look(http)
          .catch((error: unknown) => log.warn({ err: error }, 'TLS could not be set up; it is tried again'))
          .finally(() => {
            looking = undefined;
          });
      }, LOOK_MS);
      return door;
    },
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      stopping.abort();
      await looking;
    },
  };
}
