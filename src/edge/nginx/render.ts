import type { ClusterServer, Membership } from '../membership.ts';
import type { EdgeSite } from './site.ts';

/** What a file may hold of names, addresses and paths: nothing that ends a directive, and no variable. */
const PLAIN = /^[\w./:@+[\]-]+$/;

/**
 * What NGINX 1.22 or later with Lua is to have in its prefix, for the servers that are there; `nginx.conf` is what it is started with.
 * A function of its arguments alone: equal ones are rendered alike. `relay` is the text of `relay.lua`.
 */
export function nginxFiles(
  membership: Membership,
  site: EdgeSite,
  relay: string,
): Readonly<Record<'nginx.conf' | 'relay.lua', string>> {
  return { 'nginx.conf': renderNginx(membership, site), 'relay.lua': relay };
}

function renderNginx(membership: Membership, site: EdgeSite): string {
  const { folder, modules } = site;
  return block([
    '# Written by `clef edge nginx`; what is changed here is lost with the next.',
    `load_module ${plain(modules)}/ndk_http_module.so;`,
    `load_module ${plain(modules)}/ngx_http_lua_module.so;`,
    ...(site.user === undefined ? [] : [`user ${plain(site.user)};`]),
    'worker_processes auto;',
    'worker_rlimit_nofile 131072;',
    '# Streams go on in the old workers while new ones take new connections.',
    'worker_shutdown_timeout 2h;',
    `pid ${plain(folder)}/nginx.pid;`,
    `error_log ${plain(folder)}/error.log notice;`,
    'events { worker_connections 65536; }',
    'http {',
    http(membership, site),
    '}',
  ]);
}

function http(membership: Membership, site: EdgeSite): string {
  const { folder } = site;
  return indented([
    '# NGINX adds the request line to whatever a request logs, and that has passwords in it.',
    `error_log ${plain(folder)}/error.log emerg;`,
    `log_format clef escape=json '${LOG_FORMAT}';`,
    `access_log ${plain(folder)}/access.log clef buffer=64k flush=1s;`,
    'server_tokens off;',
    'default_type "";',
    'sendfile on;',
    'tcp_nopush on;',
    'keepalive_timeout 60s;',
    `client_body_temp_path ${plain(folder)}/body;`,
    `proxy_temp_path ${plain(folder)}/proxy;`,
    `fastcgi_temp_path ${plain(folder)}/unused; scgi_temp_path ${plain(folder)}/unused; uwsgi_temp_path ${plain(folder)}/unused;`,
    '',
    '# Who is slow to ask keeps nothing from others.',
    'client_header_timeout 10s;',
    'client_body_timeout 30s;',
    'send_timeout 60s;',
    'reset_timedout_connection on;',
    '# As long as the servers take addresses.',
    'large_client_header_buffers 4 80k;',
    'client_max_body_size 2m;',
    'limit_conn_zone $binary_remote_addr zone=clef_addresses:10m;',
    'limit_conn_status 429;',
    'limit_req_zone $binary_remote_addr zone=clef_sign_ins:10m rate=2r/s;',
    'limit_req_status 429;',
    '',
    ...proxyLines(site.trustedProxies ?? []),
    'map $http_upgrade $clef_connection { default upgrade; "" ""; }',
    indentedBlock('map "$request_method $uri" $clef_changes', [
      'default "";',
      '~^(?:PUT|DELETE|PATCH)\\s 1;',
      '# Players ask for changes by GET.',
      `~^(?:GET|HEAD)\\s.*/rest/(?:${CHANGES_BY_GET.join('|')})(?:\\.view)?$ 1;`,
    ]),
    `proxy_cache_path ${plain(folder)}/sealed levels=1:2 keys_zone=clef_sealed:32m max_size=${site.cacheMib}m inactive=30d use_temp_path=off;`,
    `proxy_cache_path ${plain(folder)}/admitted levels=1:2 keys_zone=clef_admitted:8m max_size=64m inactive=1m use_temp_path=off;`,
    '',
    upstream('clef_api', 'least_conn;', membership),
    upstream('clef_sealed', 'hash $uri consistent;', membership),
    '',
    "lua_package_path '${prefix}/?.lua;;';",
    ...(site.resolver === undefined ? [] : [`resolver ${plain(site.resolver)} valid=10s;`]),
    'lua_shared_dict clef_servers 1m;',
    'lua_socket_log_errors off;',
    'lua_check_client_abort on;',
    'init_by_lua_block {',
    `  require('relay').configure(${relaySettings(membership, site)})`,
    '}',
    '',
    ...servers(site),
  ]);
}

/** Who asks, and whether over TLS, is told by a balancer in front; what anybody else says of it is not heard. */
function proxyLines(proxies: readonly string[]): string[] {
  if (proxies.length === 0) return ['map $scheme $clef_scheme { default $scheme; }'];
  return [
    ...proxies.map((proxy) => `set_real_ip_from ${plain(proxy)};`),
    'real_ip_header X-Forwarded-For;',
    'real_ip_recursive on;',
    indentedBlock('geo $realip_remote_addr $clef_is_proxied', [
      'default 0;',
      ...proxies.map((proxy) => `${plain(proxy)} 1;`),
    ]),
    'map "$clef_is_proxied $http_x_forwarded_proto" $clef_scheme { default $scheme; "1 https" https; "1 http" http; }',
  ];
}

/** No query, no header of a client but its name for itself: both hold secrets of players. */
const LOG_FORMAT = [
  '{"time":"$time_iso8601","reqId":"$request_id","client":"$remote_addr","method":"$request_method","host":"$host","path":"$uri"',
  '"status":$status,"sentBytes":$body_bytes_sent,"seconds":$request_time,"server":"$upstream_addr","serverSeconds":"$upstream_response_time"',
  '"cache":"$upstream_cache_status","relay":"$clef_relay","protocol":"$server_protocol"}',
].join(',');

function upstream(name: string, method: string, { servers: members }: Membership): string {
  return indentedBlock(`upstream ${name}`, [
    method,
    // All draining: better one that ends soon than nobody.
    ...members.map((server) => {
      const isOut = server.state === 'draining' && members.some(({ state }) => state === 'ready');
      return `server ${address(server)} max_fails=2 fail_timeout=5s${isOut ? ' down' : ''};`;
    }),
    'keepalive 128;',
    'keepalive_timeout 60s;',
  ]);
}

function relaySettings({ servers: members }: Membership, { basePath }: EdgeSite): string {
  const list = members.map(
    ({ name, host, port, state }) =>
      `{ name = '${plain(name)}', host = '${plain(bracketed(host))}', port = ${port}, draining = ${state === 'draining'} }`,
  );
  return `{ servers = { ${list.join(', ')} }, base_path = '${basePath === '' ? '' : plain(basePath)}', piece_bytes = 262144, connect_ms = 500, first_byte_ms = 500, left_alone_s = 5, give_up_s = 30 }`;
}

function servers(site: EdgeSite): string[] {
  const { names, listen, tls } = site;
  const serverName = `server_name ${names.map(plain).join(' ')};`;
  const main = [
    // What the kernel holds for a listener who is slow has a bound.
    `listen ${plain(listen)}${tls ? ' ssl http2' : ''} reuseport backlog=4096 sndbuf=512k default_server;`,
    serverName,
    ...(tls ? tlsLines(tls) : []),
    "set $clef_relay '';",
    `limit_conn clef_addresses ${site.connectionsAnAddress};`,
    '',
    ...PROXY_HEADERS.map(([name, value]) => `proxy_set_header ${name} ${value};`),
    'proxy_http_version 1.1;',
    'proxy_connect_timeout 1s;',
    'proxy_read_timeout 60s;',
    '# POST is asked again only where no server had it yet; 503, as while the catalogue is away, says nothing of one server.',
    'proxy_next_upstream error timeout http_502 http_504;',
    'proxy_next_upstream_tries 3;',
    'proxy_next_upstream_timeout 10s;',
    'recursive_error_pages on;',
    '',
    ...locations(site),
  ];
  const all = [indentedBlock('server', main)];
  if (tls?.redirectFrom !== undefined) {
    const from = [`listen ${plain(tls.redirectFrom)} default_server;`, serverName];
    const [name] = names;
    all.push(indentedBlock('server', [...from, `return 308 https://${plain(name ?? '')}$request_uri;`]));
  }
  return all;
}

function tlsLines({ certificate, key }: NonNullable<EdgeSite['tls']>): string[] {
  return [
    `ssl_certificate ${plain(certificate)};`,
    `ssl_certificate_key ${plain(key)};`,
    'ssl_protocols TLSv1.2 TLSv1.3;',
    // RFC 9325 section 4.2.
    'ssl_ciphers ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305;',
    'ssl_prefer_server_ciphers off;',
    'ssl_session_cache shared:clef_tls:10m;',
    'ssl_session_timeout 1h;',
    'ssl_session_tickets off;',
    'add_header Strict-Transport-Security "max-age=31536000" always;',
  ];
}

/** What clients say under the names of proxies, and of Clef's own processes, is nothing to servers. */
const PROXY_HEADERS = [
  ['Host', '$http_host'],
  ['Connection', '""'],
  ['X-Forwarded-For', '$remote_addr'],
  ['X-Forwarded-Proto', '$clef_scheme'],
  ['X-Forwarded-Host', '$http_host'],
  ['X-Request-Id', '$request_id'],
  ['Forwarded', '""'],
  ['X-Real-IP', '""'],
  ['X-Clef-Edge', '""'],
  ['X-Clef-Pieces', '""'],
  ['X-Clef-Worker', '""'],
  ['X-Clef-Client', '""'],
] as const;

function locations({ basePath }: EdgeSite): string[] {
  const base = basePath === '' ? '' : plain(basePath);
  const pattern = base.replaceAll('.', '\\.');
  const headers = (changed: Readonly<Record<string, string>>) =>
    // One proxy_set_header in a location takes the place of all that it would inherit.
    PROXY_HEADERS.map(([name, value]) => `proxy_set_header ${name} ${changed[name] ?? value};`);
  return [
    '# Not for outside.',
    `location = ${base}/metrics { return 404; }`,
    `location ^~ ${base}/p/ { return 404; }`,
    '',
    '# Whole verified pieces from whichever server answers.',
    indentedBlock(`location ~ "^${pattern}/rest/(?:stream|download)(?:\\.view)?$"`, [
      'client_max_body_size 64k;',
      'client_body_buffer_size 64k;',
      '# A player that pauses takes nothing for long.',
      'send_timeout 30m;',
      "content_by_lua_block { require('relay').serve() }",
      "log_by_lua_block { require('relay').log() }",
    ]),
    '',
    '# Sealed bytes, which open nothing: kept here for who may have them. A ticket is asked about every ten seconds.',
    indentedBlock(`location ^~ ${base}/c/v1/`, [
      "set_by_lua_block $clef_ticket { return ngx.encode_base64(ngx.sha1_bin(ngx.var.http_authorization or '')) }",
      'auth_request /clef-admission;',
      'error_page 401 403 500 502 503 504 = @sealed;',
      'proxy_pass http://clef_sealed;',
      ...headers({}),
      'proxy_set_header Range $http_range;',
      'proxy_set_header If-Range "";',
      'proxy_read_timeout 3s;',
      'proxy_cache clef_sealed;',
      'proxy_cache_key "$uri $http_range";',
      'proxy_cache_valid 200 206 365d;',
      'proxy_cache_lock on;',
      'proxy_cache_lock_timeout 3s;',
      'proxy_ignore_headers Vary;',
    ]),
    indentedBlock('location = /clef-admission', [
      'internal;',
      'proxy_pass http://clef_sealed$request_uri;',
      'proxy_method HEAD;',
      'proxy_pass_request_body off;',
      ...headers({}),
      'proxy_set_header Content-Length "";',
      'proxy_set_header Range "";',
      'proxy_read_timeout 3s;',
      'proxy_cache clef_admitted;',
      'proxy_cache_key "$request_uri $clef_ticket";',
      'proxy_cache_methods GET HEAD;',
      'proxy_cache_valid 200 10s;',
      'proxy_ignore_headers Cache-Control Expires Vary;',
    ]),
    '# Whoever is refused hears why from a server.',
    indentedBlock('location @sealed', ['proxy_pass http://clef_sealed;', 'proxy_read_timeout 3s;']),
    indentedBlock(`location ^~ ${base}/v/v1/`, ['proxy_pass http://clef_sealed;', 'proxy_read_timeout 3s;']),
    '',
    indentedBlock(`location = ${base}/api/v1/playback/socket`, [
      'proxy_pass http://clef_api;',
      ...headers({ Connection: '$clef_connection' }),
      'proxy_set_header Upgrade $http_upgrade;',
      'proxy_read_timeout 90s;',
      'proxy_send_timeout 90s;',
    ]),
    indentedBlock(`location = ${base}/api/v1/events`, [
      'proxy_pass http://clef_api;',
      'proxy_buffering off;',
      'proxy_read_timeout 1h;',
    ]),
    '# Parts of files on their way in: nothing of them is kept here.',
    indentedBlock(`location ^~ ${base}/api/v1/uploads/`, [
      'proxy_pass http://clef_api;',
      'client_max_body_size 32m;',
      'proxy_request_buffering off;',
      'proxy_next_upstream off;',
    ]),
    indentedBlock(`location = ${base}/api/v1/session`, [
      'limit_req zone=clef_sign_ins burst=20 nodelay;',
      ...changes(),
      'proxy_pass http://clef_api;',
    ]),
    indentedBlock(`location ${base}/`, [...changes(), 'proxy_pass http://clef_api;']),
    indentedBlock('location @change', ['proxy_pass http://clef_api;', 'proxy_next_upstream off;']),
  ];
}

/** Asked again, they would make a second playlist, count a second play, or tell as a failure what was made already. */
const CHANGES_BY_GET = ['createPlaylist', 'updatePlaylist', 'deletePlaylist', 'scrobble', 'reportPlayback'];

/** NGINX takes PUT, DELETE and GET for what may be asked twice; that a change was made already would be told as a failure. */
function changes(): string[] {
  return ['error_page 418 = @change;', 'if ($clef_changes) { return 418; }'];
}

function address({ host, port }: ClusterServer): string {
  return `${plain(bracketed(host))}:${port}`;
}

function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

/** As it is; throws for what was not looked at where it came in. */
function plain(text: string): string {
  if (!PLAIN.test(text)) throw new TypeError('a value for NGINX has a character that it may not have');
  return text;
}

function block(lines: readonly string[]): string {
  return `${lines.join('\n')}\n`;
}

function indented(lines: readonly string[]): string {
  return lines
    .join('\n')
    .split('\n')
    .map((line) => (line === '' ? '' : `  ${line}`))
    .join('\n');
}

function indentedBlock(head: string, lines: readonly string[]): string {
  return `${head} {\n${indented(lines)}\n}`;
}
