import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LibraryHandle } from 'koffi';
import { type SmbAddress, type SmbCredentials, urlOfShare } from '../address.ts';
import { SmbFault } from '../fault.ts';
import { makeContext, makeReceivedBytes, type SmbLibrary } from './library.ts';
import { readSpace, STAT_BYTES } from './stats.ts';
import { findWire, isEncrypted, type Wire } from './wire.ts';

export interface Connected {
  readonly library: SmbLibrary;
  readonly wire: Wire;
}

/** The library's own; Clef gives up on a silent server before. */
const TIMEOUT_MS = 20_000;
const DEFAULT_DOMAIN = 'WORKGROUP';

/** The library connects with its first call: what that finds is told apart here, for the calls after it are about paths. */
export function connect(
  handle: LibraryHandle,
  address: SmbAddress,
  { user, password, domain = DEFAULT_DOMAIN }: SmbCredentials,
): Connected {
  const library = withConfiguration(address, () =>
    makeContext(handle, {
      user,
      password,
      domain,
      encryption: ENCRYPTION[address.encryption],
      timeoutMs: TIMEOUT_MS,
    }),
  );
  const answer = new Uint8Array(STAT_BYTES);
  if (library.space(`${urlOfShare(address)}/`, answer) < 0) {
    const errno = library.errno();
    throw new SmbFault(CONNECTING[errno] ?? 'away', errno);
  }
  if (readSpace(answer).isNamespace) throw new SmbFault('namespace');
  const wire = findWire(makeReceivedBytes());
  if (!wire) throw new SmbFault('away');
  const absentUrl = `${urlOfShare(address)}/.clef-absent-${randomUUID()}`;
  if (address.encryption === 'required' && !isEncrypted(library, wire, absentUrl))
    throw new SmbFault('unencrypted');
  return { library, wire };
}

const ENCRYPTION = { off: 0, 'if-offered': 1, required: 2 } as const;

const CONNECTING: Readonly<Record<string, 'no-share' | 'refused'>> = {
  EACCES: 'refused',
  EPERM: 'refused',
  ENOENT: 'no-share',
  ENODEV: 'no-share',
};

/**
 * The library reads the configuration of whose home it is in, once; without one there it would read the machine's. So it
 * gets a home of its own for that moment. What it would keep across runs goes nowhere.
 */
function withConfiguration<T>({ signing }: SmbAddress, make: () => T): T {
  const home = mkdtempSync(join(tmpdir(), 'clef-smb-'));
  try {
    mkdirSync(join(home, '.smb'));
    writeFileSync(join(home, '.smb', 'smb.conf'), configurationOf(home, signing), { mode: 0o600 });
    process.env['HOME'] = home;
    return make();
  } finally {
    rmSync(home, { recursive: true });
  }
}

/** smb.conf(5). */
function configurationOf(home: string, signing: SmbAddress['signing']): string {
  const settings = {
    'client min protocol': 'SMB2_10',
    'client max protocol': 'SMB3_11',
    'client signing': signing === 'required' ? 'required' : 'if_required',
    'client NTLMv2 auth': 'yes',
    'client use spnego': 'yes',
    'name resolve order': 'host',
    'disable netbios': 'yes',
    'lock directory': home,
    'state directory': home,
    'cache directory': home,
    'private dir': home,
    'log level': '0',
  };
  return ['[global]', ...Object.entries(settings).map(([name, value]) => `${name} = ${value}`), ''].join(
    '\n',
  );
}
