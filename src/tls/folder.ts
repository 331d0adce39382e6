import { mkdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { ClefError } from '../core/index.ts';
import { readPrivateFile, writePrivateFile } from '../keystore/index.ts';
import type { KeyAndCertificate } from './authority.ts';
import { parseSubjectName, type SubjectName } from './names.ts';

/** How the server's certificate came to be, and so how it is renewed. */
export type TlsPlan =
  | { readonly kind: 'local'; readonly names: readonly SubjectName[] }
  | {
      readonly kind: 'acme';
      readonly names: readonly SubjectName[];
      readonly directoryUrl: string;
      readonly email: string;
    };

const names = v.pipe(
  v.array(v.string()),

  v.transform((list) => list.map(parseSubjectName)),
);
const planSchema = v.variant('kind', [
  v.strictObject({ kind: v.literal('local'), names }),
  v.strictObject({ kind: v.literal('acme'), names, directoryUrl: v.string(), email: v.string() }),
]);

const PLAN = 'tls.json';
const SERVER = 'server';
const AUTHORITY = 'authority';
const ACME_ACCOUNT = 'acme-account.key';

/** `tls` in the data folder: keys 0600, each file whole or absent. */
export class TlsFolder {
  readonly #path: string;

  constructor(dataRoot: string) {
    this.#path = join(dataRoot, 'tls');
  }

  /** Undefined before `clef tls init` or `clef tls acme`. */
  async plan(): Promise<TlsPlan | undefined> {
    const text = await readPrivateFile(join(this.#path, PLAN), { what: 'tls.json', exposed: 'accept' });
    if (text === undefined) return undefined;
    const plan = v.safeParse(v.pipe(v.string(), v.parseJson(), planSchema), text);
    if (plan.success) return plan.output;
    throw new ClefError('data-invalid', 'tls.json in the data folder is damaged; run `clef tls init` again');
  }

  server(): Promise<KeyAndCertificate | undefined> {
    return this.#read(SERVER);
  }

  authority(): Promise<KeyAndCertificate | undefined> {
    return this.#read(AUTHORITY);
  }

  saveAuthority(authority: KeyAndCertificate): Promise<void> {
    return this.#save(AUTHORITY, authority);
  }

  /** What it issued stays in force until the next certificate is saved. */
  async forgetAuthority(): Promise<void> {
    await rm(join(this.#path, `${AUTHORITY}.key`), { force: true });
    await rm(join(this.#path, `${AUTHORITY}.pem`), { force: true });
  }

  /** The plan comes last: with it, everything that it needs is there. */
  async saveServer(plan: TlsPlan, server: KeyAndCertificate): Promise<void> {
    await this.#save(SERVER, server);
    const stored = { ...plan, names: plan.names.map(({ value }) => value) };
    await this.#write(PLAN, `${JSON.stringify(stored, null, 2)}\n`);
  }

  /** The key of an account with an ACME authority, PEM; made by `make` where there is none. */
  async acmeAccountKey(make: () => Promise<string>): Promise<string> {
    const path = join(this.#path, ACME_ACCOUNT);
    const known = await readPrivateFile(path, { what: ACME_ACCOUNT, exposed: 'refuse' });
    if (known !== undefined) return known;
    const key = await make();
    await this.#write(ACME_ACCOUNT, key);
    return key;
  }

  /** Differs after every change; undefined where there is nothing. */
  async version(): Promise<string | undefined> {
    return stat(join(this.#path, PLAN), { bigint: true }).then(
      ({ mtimeNs, ino }) => `${ino}:${mtimeNs}`,
      () => undefined,
    );
  }

  async #read(name: string): Promise<KeyAndCertificate | undefined> {
    const key = await readPrivateFile(join(this.#path, `${name}.key`), {
      what: `tls/${name}.key`,
      exposed: 'refuse',
    });
    if (key === undefined) return undefined;
    const certificate = await readFile(join(this.#path, `${name}.pem`), 'utf8').catch(() => undefined);
    return certificate === undefined ? undefined : { keyPem: key, certificatePem: certificate };
  }

  async #save(name: string, { keyPem, certificatePem }: KeyAndCertificate): Promise<void> {
    await this.#write(`${name}.key`, keyPem);
    await this.#write(`${name}.pem`, certificatePem);
  }

  async #write(name: string, text: string): Promise<void> {
    await mkdir(this.#path, { recursive: true, mode: 0o700 });
    await writePrivateFile(join(this.#path, name), text, { existing: 'replace' });
  }
}
