import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort, temporaryFolder } from './clef-process.ts';
import { NGINX_USER, runNginx } from './private-nginx.ts';

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
    `${NGINX_USER === undefined ? '' : `user ${NGINX_USER};`}
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
  stack.use(await runNginx(folder, port));
  const owned = stack.move();
  return { baseUrl: `http://127.0.0.1:${port}`, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}
