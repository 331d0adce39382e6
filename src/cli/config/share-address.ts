import { SMB_PORT, type SmbAddress } from '../../smb/index.ts';

export interface SharePlace {
  readonly address: SmbAddress;
  /** Folder of the share; '' is its top. */
  readonly path: string;
  /** A file with user and password. */
  readonly keyFile: string;
}

const PARAMETERS = new Set(['encryption', 'key', 'signing']);
/** Samba's library takes no IPv6 address beside a port. */
const HOST = /^[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?$/;
/** What no file server has in a name (MS-FSCC 2.1.5). */
// oxlint-disable-next-line no-control-regex -- that none is in a name is what is asked
const NAME = /^[^\\/:*?"<>|\u0000-\u001f]{1,255}$/;

/** Of `smb://HOST[:PORT]/SHARE[/PATH]?key=FILE[&encryption=…][&signing=…]`; undefined for anything else. */
export function parseShare(text: string): SharePlace | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'smb:' || url.username || url.password || !HOST.test(url.hostname)) return undefined;
  const given = [...url.searchParams.keys()];
  if (given.some((name) => !PARAMETERS.has(name)) || new Set(given).size < given.length) return undefined;
  const { key, encryption = 'if-offered', signing = 'required' } = Object.fromEntries(url.searchParams);
  if (key === undefined || key === '') return undefined;
  if (encryption !== 'required' && encryption !== 'if-offered' && encryption !== 'off') return undefined;
  if (signing !== 'required' && signing !== 'if-offered') return undefined;
  const [share, ...folders] = segmentsOf(url.pathname);
  if (share === undefined || ![share, ...folders].every((name) => NAME.test(name))) return undefined;
  const port = url.port === '' ? SMB_PORT : Number(url.port);
  return {
    address: { host: url.hostname, port, share, encryption, signing },
    path: folders.join('/'),
    keyFile: key,
  };
}

/** As it is named in lists: without what opens it. */
export function nameOfShare({ address, path }: Pick<SharePlace, 'address' | 'path'>): string {
  const { host, port, share } = address;
  const names = [share, ...path.split('/')].filter((name) => name !== '').map(encodeURIComponent);
  return `smb://${host}${port === SMB_PORT ? '' : `:${port}`}/${names.join('/')}`;
}

function segmentsOf(pathname: string): readonly string[] {
  try {
    return pathname
      .split('/')
      .filter((segment) => segment !== '')
      .map(decodeURIComponent);
  } catch {
    return [];
  }
}
