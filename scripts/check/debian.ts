import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';

/** Debian package -> the file that shows it is there. */
const packages = {
  ffmpeg: '/usr/bin/ffmpeg',
  chromium: '/usr/bin/chromium',
  'nginx-light': '/usr/sbin/nginx',
  'libnginx-mod-http-lua': '/usr/lib/nginx/modules/ngx_http_lua_module.so',
  mpv: '/usr/bin/mpv',
  pulseaudio: '/usr/bin/pulseaudio',
  'pulseaudio-utils': '/usr/bin/parec',
  curl: '/usr/bin/curl',
  'dbus-daemon': '/usr/bin/dbus-daemon',
  'dbus-bin': '/usr/bin/dbus-send',
  openssl: '/usr/bin/openssl',
  tcl: '/usr/bin/tclsh',
  faketime: '/usr/bin/faketime',
  pebble: '/usr/bin/pebble',
  'nats-server': '/usr/sbin/nats-server',
  'ceph-mon': '/usr/bin/ceph-mon',
  'ceph-osd': '/usr/bin/ceph-osd',
  'ceph-common': '/usr/bin/ceph',
  radosgw: '/usr/bin/radosgw',
  'mariadb-server': '/usr/sbin/mariadbd',
  'mariadb-plugin-spider': '/usr/lib/mysql/plugin/ha_spider.so',
  samba: '/usr/sbin/smbd',
  // It brings libsmbclient, whatever that is called.
  smbclient: '/usr/bin/smbclient',
  prometheus: '/usr/bin/promtool',
  systemd: '/usr/bin/systemd-analyze',
  'fonts-noto-core': '/usr/share/fonts/truetype/noto/NotoSansArabic-Regular.ttf',
  'fonts-dejavu-core': '/usr/share/fonts/truetype/dejavu/DejaVuSansMono.ttf',
  'fonts-noto-color-emoji': '/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf',
  'python3-yaml': '/usr/lib/python3/dist-packages/yaml/__init__.py',
  'python3-cryptography': '/usr/lib/python3/dist-packages/cryptography/__init__.py',
} as const;

const POLICY = '/usr/sbin/policy-rc.d';

/** Installs what the tests need where it may; returns what is missing afterwards. */
export function ensureDebianPackages(): string[] {
  const missing = missingPackages();
  if (missing.length === 0 || !existsSync('/etc/debian_version') || process.getuid?.() !== 0) return missing;
  console.log(`installing Debian packages: ${missing.join(' ')}`);
  withoutServices(() => {
    apt('update');
    apt('install', '-y', '--no-install-recommends', ...missing);
  });
  return missingPackages();
}

function missingPackages(): string[] {
  return Object.entries(packages).flatMap(([name, file]) => (existsSync(file) ? [] : [name]));
}

function apt(...args: string[]): void {
  const { status, stderr } = spawnSync('apt-get', ['-qq', ...args], {
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    encoding: 'utf8',
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  if (status !== 0) console.error(stderr.trim());
}

/** A policy-rc.d that answers 101 keeps every package's service from being started (Debian Policy, invoke-rc.d). */
function withoutServices(act: () => void): void {
  const before = existsSync(POLICY) ? readFileSync(POLICY) : undefined;
  writeFileSync(`${POLICY}.clef`, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  renameSync(`${POLICY}.clef`, POLICY);
  try {
    act();
  } finally {
    if (before === undefined) rmSync(POLICY);
    else writeFileSync(POLICY, before);
  }
}
