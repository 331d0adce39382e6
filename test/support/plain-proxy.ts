import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort, temporaryFolder } from './clef-process.ts';
import { NGINX } from './start-edge.ts';
import { waitFor } from './wait-for.ts';

/** NGINX as it is usually put before servers: what an edge of Clef's is compared with. */
export async function startPlainProxy(
  baseUrls: readonly string[],
): Promise<{ readonly baseUrl: string } & AsyncDisposable> {
  await using stack = new AsyncDisposableStack();
  const { path: folder } = stack.use(await temporaryFolder('plain-proxy'));
  const port = await freePort();
  const servers = baseUrls.map((url) => `server ${new URL(url).host};`);
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (kind) => `${kind}_temp_path ${folder}/${kind};`,
  );
  await writeFile(
    join(folder, 'nginx.conf'),
    `${process.getuid?.() === 0 ? 'user root;' : ''}
worker_processes auto;
pid ${folder}/nginx.pid;
error_log ${folder}/error.log;
events { worker_connections 4096; }
http {
  access_log off;
  ${temporary.join(' ')}
  upstream clef { ${servers.join(' ')} keepalive 64; }
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://clef;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header X-Forwarded-For $remote_addr;
      proxy_next_upstream error timeout http_502 http_503;
      proxy_max_temp_file_size 0;
    }
  }
}
`,
  );
  const child = spawn(NGINX, ['-p', folder, '-c', 'nginx.conf', '-e', 'stderr', '-g', 'daemon off;'], {
    stdio: 'ignore',
  });
  const ended = once(child, 'close');
  stack.defer(async () => {
    child.kill('SIGTERM');
    await ended;
  });
  const baseUrl = `http://127.0.0.1:${port}`;
  await waitFor('nginx', () =>
    fetch(`${baseUrl}/livez`).then(
      ({ ok }) => ok || undefined,
      () => undefined,
    ),
  );
  const owned = stack.move();
  return { baseUrl, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}
