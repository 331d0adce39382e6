import { X509Certificate } from 'node:crypto';
import { ClefError, unreachable } from '../core/index.ts';
import { createAcmeAccountKey, orderCertificate, type AcmeOrder } from './acme.ts';
import { createAuthority, issueServerCertificate, type KeyAndCertificate } from './authority.ts';
import type { TlsFolder, TlsPlan } from './folder.ts';
import { permittedBy } from './name-constraints.ts';
import { type SubjectName, unique } from './names.ts';

const DAY_MS = 86_400_000;
/** Two thirds of what Let's Encrypt gives are then over. */
const RENEW_BEFORE_MS = 30 * DAY_MS;

export interface IssueContext {
  readonly folder: TlsFolder;
  /** What this machine is called and reached by now. */
  readonly machine: readonly SubjectName[];
  readonly label: string;
  readonly challengeListen: AcmeOrder['challengeListen'];
  readonly now: () => number;
  readonly signal?: AbortSignal;
}

/** Brings a server certificate for the plan into the folder, making the household's authority where there is none. */
export async function issue(plan: TlsPlan, context: IssueContext): Promise<KeyAndCertificate> {
  const { folder } = context;
  const server = await make(plan, context);
  await folder.saveServer(plan, server);
  return server;
}

async function make(plan: TlsPlan, context: IssueContext): Promise<KeyAndCertificate> {
  const { folder, label, machine, now, challengeListen, signal } = context;
  switch (plan.kind) {
    case 'local': {
      let authority = await folder.authority();
      if (!authority) {
        const names = unique([...machine, ...plan.names]);
        authority = await createAuthority({ label, names, now: now() });
        await folder.saveAuthority(authority);
      }
      const names = await namesUnder(authority, plan.names, machine);
      return issueServerCertificate(authority, { names, now: now() });
    }
    case 'acme':
      return orderCertificate({
        ...plan,
        accountKeyPem: await folder.acmeAccountKey(createAcmeAccountKey),
        challengeListen,
        ...(signal && { signal }),
      });
    default:
      return unreachable(plan);
  }
}

/** What was asked for, and what else of the machine the authority may vouch for. */
async function namesUnder(
  { certificatePem }: KeyAndCertificate,
  wanted: readonly SubjectName[],
  machine: readonly SubjectName[],
): Promise<SubjectName[]> {
  const isPermitted = await permittedBy(certificatePem);
  const refused = wanted.find((name) => !isPermitted(name));
  if (!refused) return unique([...wanted, ...machine.filter(isPermitted)]);
  throw new ClefError(
    'usage',
    `the authority that your devices trust may not vouch for ${refused.value}; \`clef tls init --new-authority\` makes another, which each device then has to trust`,
  );
}

/** Its end is near, or the machine got a name or an address that the certificate lacks. */
export async function isDue(
  plan: TlsPlan,
  { certificatePem }: KeyAndCertificate,
  { folder, machine, now }: Pick<IssueContext, 'folder' | 'machine' | 'now'>,
): Promise<boolean> {
  const certificate = new X509Certificate(certificatePem);
  if (certificate.validToDate.getTime() - now() < RENEW_BEFORE_MS) return true;
  const authority = plan.kind === 'local' ? await folder.authority() : undefined;
  const wanted = authority ? await namesUnder(authority, plan.names, machine) : plan.names;
  return !wanted.every((name) => isNamed(certificate, name));
}

function isNamed(certificate: X509Certificate, { kind, value }: SubjectName): boolean {
  const found =
    kind === 'ip' ? certificate.checkIP(value) : certificate.checkHost(value, { subject: 'never' });
  return found !== undefined;
}
