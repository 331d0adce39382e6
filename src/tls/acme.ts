import { createServer } from 'node:http';
import { ClefError } from '../core/index.ts';
import type { KeyAndCertificate } from './authority.ts';
import type { SubjectName } from './names.ts';

export interface AcmeOrder {
  readonly directoryUrl: string;
  readonly email: string;
  readonly names: readonly SubjectName[];
  /** PEM; names the account. */
  readonly accountKeyPem: string;
  /** Where the authority's look at port 80 of the name arrives. */
  readonly challengeListen: { readonly host: string; readonly port: number };
  readonly signal?: AbortSignal;
}

const CHALLENGE_PATH = '/.well-known/acme-challenge/';

/** Let's Encrypt. */
export const DEFAULT_ACME_DIRECTORY = 'https://acme-v02.api.letsencrypt.org/directory';

export async function createAcmeAccountKey(): Promise<string> {
  const acme = await import('acme-client');
  return (await acme.crypto.createPrivateEcdsaKey('P-256')).toString();
}

/**
 * A certificate of a public authority by ACME (RFC 8555) with the HTTP-01 challenge. The answers are there while the
 * order is under way, and no longer. `tls-not-issued` says what the authority said.
 */
export async function orderCertificate(order: AcmeOrder): Promise<KeyAndCertificate> {
  const { directoryUrl, email, names, accountKeyPem, signal } = order;
  const acme = await import('acme-client');
  await using challenges = await answerChallenges(order.challengeListen);
  signal?.throwIfAborted();
  const [key, csr] = await acme.crypto.createCsr(
    { altNames: names.map(({ value }) => value) },
    await acme.crypto.createPrivateEcdsaKey('P-256'),
  );
  const client = new acme.Client({ directoryUrl, accountKey: accountKeyPem });
  try {
    const certificatePem = await client.auto({
      csr,
      email,
      termsOfServiceAgreed: true,
      challengePriority: ['http-01'],
      // The library would ask this machine's own public name, which many routers do not send back inside.
      skipChallengeVerification: true,
      challengeCreateFn: async (_authorization, { token }, answer) => challenges.set(token, answer),
      challengeRemoveFn: async (_authorization, { token }) => challenges.remove(token),
    });
    return { keyPem: key.toString(), certificatePem };
  } catch (cause) {
    signal?.throwIfAborted();
    throw new ClefError('tls-not-issued', `no certificate was issued: ${reasonOf(cause)}`, { cause });
  }
}

/** The authority's own words; what it quotes of the network is short and without secrets. */
function reasonOf(cause: unknown): string {
  const text = cause instanceof Error ? cause.message : String(cause);
  return text.replaceAll(/\s+/g, ' ').slice(0, 300) || 'the authority does not answer';
}

interface Challenges extends AsyncDisposable {
  set(token: string, answer: string): void;
  remove(token: string): void;
}

async function answerChallenges({ host, port }: AcmeOrder['challengeListen']): Promise<Challenges> {
  const answers = new Map<string, string>();
  const server = createServer({ requestTimeout: 10_000, keepAlive: false }, (request, response) => {
    const token = request.url?.startsWith(CHALLENGE_PATH) ? request.url.slice(CHALLENGE_PATH.length) : '';
    const answer = answers.get(token);
    response.writeHead(answer === undefined ? 404 : 200, {
      'content-type': 'text/plain',
      connection: 'close',
    });
    response.end(answer ?? 'not found\n');
  });
  const { promise: listening, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen(port, host, resolve);
  await listening.catch((cause: unknown) => {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown';
    throw new ClefError(
      'config-invalid',
      `CLEF_ACME_LISTEN: ${host}:${port} cannot be listened at (${code}); the authority asks there, or where port 80 is forwarded to`,
      { cause },
    );
  });
  return {
    set: (token, answer) => void answers.set(token, answer),
    remove: (token) => void answers.delete(token),
    async [Symbol.asyncDispose]() {
      const { promise: closed, resolve: done } = Promise.withResolvers<void>();
      server.close(() => done());
      server.closeAllConnections();
      await closed;
    },
  };
}
