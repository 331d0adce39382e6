import { describe, expect, it } from 'vitest';
import type { ClusterServer, ServerState } from '../membership.ts';
import { nginxFiles } from './render.ts';
import type { EdgeSite } from './site.ts';

const site: EdgeSite = {
  names: ['music.example.org'],
  listen: '0.0.0.0:443',
  basePath: '/clef',
  folder: '/var/lib/clef-edge',
  modules: '/usr/lib/nginx/modules',
  cacheMib: 100,
  connectionsAnAddress: 50,
};

function server(name: string, state: ServerState = 'ready', host = '10.0.0.1'): ClusterServer {
  return { name, host, port: 4533, state };
}

const render = (servers: readonly ClusterServer[], changed: Partial<EdgeSite> = {}) =>
  nginxFiles({ servers }, { ...site, ...changed }, '-- relay')['nginx.conf'];

describe('what NGINX is told', () => {
  it('is the same for the same servers', () => {
    const servers = [server('a'), server('b', 'draining', '10.0.0.2')];
    expect(render(servers)).toBe(render([...servers]));
  });

  it('gives nothing new to who drains, unless all do', () => {
    const one = render([server('a'), server('b', 'draining', 'fd00::2')]);
    expect(one).toContain('server 10.0.0.1:4533 max_fails=2 fail_timeout=5s;');
    expect(one).toContain('server [fd00::2]:4533 max_fails=2 fail_timeout=5s down;');
    expect(one).toContain("{ name = 'b', host = '[fd00::2]', port = 4533, draining = true }");
    expect(render([server('a', 'draining'), server('b', 'draining', '10.0.0.2')])).not.toContain(' down;');
  });

  it('lies below the path that people open', () => {
    const text = render([server('a')]);
    expect(text).toContain('location = /clef/metrics { return 404; }');
    expect(text).toContain("base_path = '/clef'");
  });

  it.each<Partial<EdgeSite>>([
    { names: ['a; return 200'] },
    { names: ['a\nb'] },
    { folder: '/var/lib/a b' },
    { folder: '/var/$host' },
    { listen: '0.0.0.0:80 default_server;}' },
    { basePath: "/x'" },
    { user: 'root;' },
    { trustedProxies: ['10.0.0.1 1; }'] },
    { tls: { certificate: '/a"', key: '/b' } },
  ])('never has what ends a directive: %o', (changed) => {
    expect(() => render([server('a')], changed)).toThrow(TypeError);
  });

  it('never has such a server', () => {
    expect(() => render([server("a', evil = '")])).toThrow(TypeError);
    expect(() => render([server('a', 'ready', '10.0.0.1;')])).toThrow(TypeError);
  });
});
