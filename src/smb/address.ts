/** An SMB share, and what its connections must be held to. */
export interface SmbAddress {
  /** A name or an IPv4 address; the library takes no IPv6 address beside a port. */
  readonly host: string;
  readonly port: number;
  readonly share: string;
  /** `required`: nothing is read or written unless the server encrypts. `if-offered`: it may. `off`: only a server that insists. */
  readonly encryption: 'if-offered' | 'off' | 'required';
  /** `required`: whatever was changed on the way, or is unsigned, is refused. */
  readonly signing: 'if-offered' | 'required';
}

export interface SmbCredentials {
  readonly user: string;
  readonly password: string;
  readonly domain?: string;
}

export const SMB_PORT = 445;

/** As the library takes it, in which every other byte is escaped. */
export function urlOfShare({ host, port, share }: SmbAddress): string {
  return `smb://${host}:${port}/${encodeURIComponent(share)}`;
}

/** Of a path on it; '' is its top. */
export function urlOf(address: SmbAddress, path: string): string {
  return [urlOfShare(address), ...path.split('/').map(encodeURIComponent)].join('/');
}
