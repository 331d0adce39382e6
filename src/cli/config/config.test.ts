import { describe, expect, it } from 'vitest';
import { ClefError } from '../../core/index.ts';
import { parseConfig } from './config.ts';

function faultsOf(env: Record<string, string>, file?: string): string {
  try {
    parseConfig({ env, ...(file === undefined ? {} : { file }) });
  } catch (error) {
    expect(error).toBeInstanceOf(ClefError);
    expect((error as ClefError).code).toBe('config-invalid');
    return (error as ClefError).message;
  }
  throw new Error('the configuration was accepted');
}

describe('parseConfig', () => {
  it('has a default for a laptop without any setting', () => {
    const config = parseConfig({ env: {} });
    expect(config.listen).toEqual({ host: '127.0.0.1', port: 4533 });
    expect(config.padding).toBe('padme');
    expect(config.data).toBeUndefined();
    expect(config.policy).toBeUndefined();
  });

  it('lists five faults at once', () => {
    const message = faultsOf({
      CLEF_LISTEN: 'here',
      CLEF_POLICY: '30+9',
      CLEF_PADDING: 'some',
      CLEF_BASE_URL: 'ftp://x',
      CLEF_SERVER_KEY: 'floppy:a',
    });
    expect(message).toContain('5 faults');
    for (const name of ['CLEF_LISTEN', 'CLEF_POLICY', 'CLEF_PADDING', 'CLEF_BASE_URL', 'CLEF_SERVER_KEY']) {
      expect(message).toContain(`- ${name}: must`);
    }
  });

  it('takes addresses and networks for proxies, and nothing that only looks like them', () => {
    const accepted = '127.0.0.1, 10.0.0.0/8,::1,fd00::/8,loopback';
    expect(parseConfig({ env: { CLEF_TRUSTED_PROXIES: accepted } }).trustedProxies).toEqual([
      '127.0.0.1',
      '10.0.0.0/8',
      '::1',
      'fd00::/8',
      'loopback',
    ]);
    for (const wrong of ['10.0.0/9', '10.0.0.0/33', '10.0.0.0/0', '1', ':::', '::1/129', 'proxy']) {
      expect(faultsOf({ CLEF_TRUSTED_PROXIES: wrong })).toContain('- CLEF_TRUSTED_PROXIES: must');
    }
  });

  it('never repeats a secret in a fault', () => {
    const message = faultsOf({ CLEF_ADMIN_PASSWORD: 'hunter2' });
    expect(message).toContain('CLEF_ADMIN_PASSWORD: must have at least 8 characters');
    expect(message).not.toContain('hunter2');
  });

  it('names the setting that was probably meant', () => {
    expect(faultsOf({ CLEF_LISTNE: 'localhost:1' })).toContain('did you mean CLEF_LISTEN?');
    expect(faultsOf({}, 'polcy = "2+1"')).toContain('polcy (file): no such setting; did you mean policy?');
  });

  it('reads the file, and lets the environment win', () => {
    const file = 'listen = "0.0.0.0:80"\npolicy = "2+1"\nnodes = ["/a#domain=x", "/b"]\nhot_cache_mib = 8\n';
    const config = parseConfig({ env: { CLEF_LISTEN: '[::1]:81' }, file });
    expect(config.listen).toEqual({ host: '::1', port: 81 });
    expect(config.policy).toEqual({ k: 2, m: 1 });
    expect(config.nodes).toEqual([
      { kind: 'directory', path: '/a', failureDomain: 'x' },
      { kind: 'directory', path: '/b' },
    ]);
    expect(config.hotCache).toBe(8);
  });

  it('says where a file is not TOML', () => {
    expect(faultsOf({}, 'listen = = 3')).toContain('the configuration file is not TOML');
  });

  it('reads buckets among the nodes', () => {
    const first = 's3://music/clef?endpoint=https://s3.example.org&key=/k';
    const second = 's3://music?endpoint=http://[::1]:9000/s3/&key=/k&region=eu-1&style=virtual#domain=there';
    const config = parseConfig({ env: { CLEF_NODES: `/a, ${first}, ${second}` } });
    const address = {
      endpoint: 'https://s3.example.org',
      bucket: 'music',
      prefix: 'clef/',
      region: 'us-east-1',
      style: 'path',
    };
    expect(config.nodes).toEqual([
      { kind: 'directory', path: '/a' },
      { kind: 's3', address, keyFile: '/k' },
      {
        kind: 's3',
        address: {
          endpoint: 'http://[::1]:9000/s3',
          bucket: 'music',
          prefix: '',
          region: 'eu-1',
          style: 'virtual',
        },
        keyFile: '/k',
        failureDomain: 'there',
      },
    ]);
  });

  it('reads shares among the nodes', () => {
    const first = 'smb://nas/Music?key=/k';
    const second =
      'smb://10.0.0.2:1445/My%20Music/clef/n%C3%B6de?key=/k&encryption=required&signing=if-offered#domain=x';
    const config = parseConfig({ env: { CLEF_NODES: `${first},${second}` } });
    expect(config.nodes).toEqual([
      {
        kind: 'smb',
        address: { host: 'nas', port: 445, share: 'Music', encryption: 'if-offered', signing: 'required' },
        path: '',
        keyFile: '/k',
      },
      {
        kind: 'smb',
        address: {
          host: '10.0.0.2',
          port: 1445,
          share: 'My Music',
          encryption: 'required',
          signing: 'if-offered',
        },
        path: 'clef/nöde',
        keyFile: '/k',
        failureDomain: 'x',
      },
    ]);
  });

  it.each([
    's3://music',
    's3://music?endpoint=https://s3.example.org',
    's3://music?key=/k',
    's3://music?endpoint=ftp://s3.example.org&key=/k',
    's3://MU?endpoint=https://s3.example.org&key=/k',
    's3://music/a/../b?endpoint=https://s3.example.org&key=',
    's3://music?endpoint=https://s3.example.org&key=/k&secret=x',
    's3://music?endpoint=https://s3.example.org&key=/k&style=other',
    's3://me:secret@music?endpoint=https://s3.example.org&key=/k',
    'smb://host/share',
    'smb://host?key=/k',
    'smb://[::1]/share?key=/k',
    'smb://me:secret@host/share?key=/k',
    'smb://host/share?key=/k&encryption=maybe',
    'smb://host/share?key=/k&signing=off',
    'smb://host/share?key=/k&password=x',
    'smb://host/a%2Fb?key=/k',
    'smb://host/%ff?key=/k',
  ])('refuses %s as a node', (node) => {
    expect(faultsOf({ CLEF_NODES: node })).toContain('CLEF_NODES');
  });

  it('refuses one folder as two nodes', () => {
    expect(faultsOf({ CLEF_NODES: '/a,/a' })).toContain('CLEF_NODES');
  });
});
