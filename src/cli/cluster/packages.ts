import { access, constants } from 'node:fs/promises';
import { join } from 'node:path';
import { ClefError } from '../../core/index.ts';

/** Where Debian keeps servers, besides PATH. */
const SYSTEM_FOLDERS = ['/usr/sbin', '/sbin', '/usr/bin'];

interface Need {
  readonly package: string;
  /** Any of these: a program, or a file by its path. */
  readonly anyOf: readonly string[];
}

const OF_ALL: readonly Need[] = [
  { package: 'nginx', anyOf: ['nginx'] },
  {
    package: 'libnginx-mod-http-lua',
    anyOf: [
      '/usr/lib/nginx/modules/ngx_http_lua_module.so',
      '/usr/share/nginx/modules/ngx_http_lua_module.so',
    ],
  },
  { package: 'nats-server', anyOf: ['nats-server'] },
  { package: 'mariadb-server', anyOf: ['mariadbd'] },
  { package: 'mariadb-server', anyOf: ['mariadb-install-db'] },
  {
    package: 'mariadb-plugin-spider',
    anyOf: ['/usr/lib/mysql/plugin/ha_spider.so', '/usr/lib64/mysql/plugin/ha_spider.so'],
  },
  { package: 'samba', anyOf: ['smbd'] },
  { package: 'samba', anyOf: ['smbpasswd'] },
  { package: 'util-linux', anyOf: ['setpriv'] },
];
const OF_CEPH: readonly Need[] = [
  { package: 'ceph-mon', anyOf: ['ceph-mon'] },
  { package: 'ceph-osd', anyOf: ['ceph-osd'] },
  { package: 'ceph-common', anyOf: ['ceph'] },
  { package: 'ceph-base', anyOf: ['monmaptool'] },
  { package: 'radosgw', anyOf: ['radosgw'] },
];

/** `cluster-part-failed` names all of Debian's packages that are missing; undefined of Ceph, which is not a must, where it is there. */
export async function missingForBucket(path: string | undefined): Promise<readonly string[]> {
  const missing = await missingOf(OF_ALL, path);
  if (missing.length > 0)
    throw new ClefError(
      'cluster-part-failed',
      `a cluster on this machine needs programs that are not here; on Debian: apt install ${missing.join(' ')}`,
    );
  return missingOf(OF_CEPH, path);
}

export async function missingOf(
  needs: readonly Need[],
  path: string | undefined,
): Promise<readonly string[]> {
  const folders = [...(path ?? '').split(':').filter((folder) => folder !== ''), ...SYSTEM_FOLDERS];
  const missing = new Set<string>();
  for (const need of needs) {
    const places = need.anyOf.flatMap((name) =>
      name.startsWith('/') ? [name] : folders.map((folder) => join(folder, name)),
    );
    const found = await Promise.all(places.map(isThere));
    if (!found.includes(true)) missing.add(need.package);
  }
  return [...missing];
}

function isThere(path: string): Promise<boolean> {
  return access(path, constants.R_OK).then(
    () => true,
    () => false,
  );
}
