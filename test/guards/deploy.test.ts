import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, type TestContext } from 'vitest';
import { parseConfig } from '../../src/cli/config/config.ts';
import { readEdge } from '../../src/cli/config/cluster-file.ts';
import { parseShardsFile } from '../../src/cli/config/shards-file.ts';
import { temporaryFolder } from '../support/clef-process.ts';
import { fileOfPackage } from '../support/debian.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const alertsFile = join(root, 'deploy/alerts.yml');
const composeFolder = join(root, 'deploy/compose');

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string };
}

interface Service {
  readonly command?: readonly string[];
  readonly depends_on?: readonly string[] | Readonly<Record<string, unknown>>;
  readonly environment?: Readonly<Record<string, string>>;
  readonly secrets?: readonly string[];
  readonly volumes?: readonly string[];
  readonly networks?: readonly string[] | Readonly<Record<string, unknown>>;
  readonly build?: { readonly context: string; readonly dockerfile: string };
}

interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly networks: Readonly<Record<string, unknown>>;
  readonly volumes: Readonly<Record<string, unknown>>;
  readonly secrets: Readonly<Record<string, { readonly file: string }>>;
}

function parseYaml(file: string, context: TestContext): unknown {
  fileOfPackage('python3-yaml', '/usr/lib/python3/dist-packages/yaml/__init__.py', context);
  const script = 'import json, sys, yaml; json.dump(yaml.safe_load(sys.stdin), sys.stdout)';
  return JSON.parse(
    execFileSync('/usr/bin/python3', ['-c', script], { input: readFileSync(file), encoding: 'utf8' }),
  );
}

/** Those that Clef's own code names. */
function exposedMetrics(): ReadonlySet<string> {
  const files = globSync('src/**/*.ts', { cwd: root }).filter((file) => !file.endsWith('.test.ts'));
  const names = files.flatMap((file) =>
    Array.from(readFileSync(join(root, file), 'utf8').matchAll(/'(clef_[a-z_]+)'/g), ([, name = '']) => name),
  );
  return new Set(names);
}

const metricsIn = (text: string) => Array.from(text.matchAll(/\bclef_[a-z_]+/g), ([name]) => name);
const withoutSuffix = (name: string) => name.replace(/_(?:bucket|sum|count)$/, '');

describe('alert rules', () => {
  it('ask for metrics that Clef exposes, and say what is wrong', (context) => {
    const { groups } = parseYaml(alertsFile, context) as { groups: readonly { rules: readonly Rule[] }[] };
    const rules = groups.flatMap((group) => group.rules);
    const exposed = exposedMetrics();
    const unknown = rules
      .flatMap(({ expr }) => metricsIn(expr))
      .filter((name) => !exposed.has(withoutSuffix(name)));
    expect(unknown).toEqual([]);
    expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
    for (const { labels, annotations } of rules) {
      expect(['info', 'warning', 'critical']).toContain(labels.severity);
      expect(annotations.summary).not.toBe('');
    }
  });

  it('pass the check of Prometheus', (context) => {
    const promtool = fileOfPackage('prometheus', '/usr/bin/promtool', context);
    const { status, stderr } = spawnSync(promtool, ['check', 'rules', alertsFile], {
      encoding: 'utf8',
    });
    expect(stderr).toBe('');
    expect(status).toBe(0);
  });

  it('and metrics are there that the pages for who runs Clef name', () => {
    const exposed = exposedMetrics();
    const pages = ['docs/operations.md', 'docs/operations/failures.md'].map((page) =>
      readFileSync(join(root, page), 'utf8'),
    );
    const named = pages.flatMap(metricsIn).filter((name) => !exposed.has(withoutSuffix(name)));
    expect(named).toEqual([]);
    const alerts = new Set(readFileSync(alertsFile, 'utf8').match(/(?<=alert: )\w+/g));
    const told = pages
      .flatMap((text) => text.match(/`Clef[A-Z]\w+`/g) ?? [])
      .map((name) => name.slice(1, -1));
    expect(told.filter((name) => !alerts.has(name))).toEqual([]);
  });

  it('links of the page of failures lead somewhere', () => {
    const page = join(root, 'docs/operations/failures.md');
    const links = Array.from(readFileSync(page, 'utf8').matchAll(/\]\(([^)]+)\)/g), ([, link = '']) => link);
    const dead = links.filter((link) => {
      const [path = '', anchor] = link.split('#');
      const target = path === '' ? page : resolve(dirname(page), path);
      return !existsSync(target) || (anchor !== undefined && !anchorsOf(target).has(anchor));
    });
    expect(dead).toEqual([]);
  });
});

/** As GitHub makes them of headings. */
function anchorsOf(file: string): ReadonlySet<string> {
  const headings = readFileSync(file, 'utf8').matchAll(/^#+ (.*)$/gm);
  return new Set(
    Array.from(headings, ([, title = '']) =>
      title
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}

describe('units of systemd', () => {
  it('have nothing that systemd does not know', async (context) => {
    const analyze = fileOfPackage('systemd', '/usr/bin/systemd-analyze', context);
    await using folder = await temporaryFolder('units');
    const units = globSync('deploy/*.service', { cwd: root }).map((unit) => join(root, unit));
    expect(units.length).toBeGreaterThan(3);
    // Where it looks for programs, and finds an unknown word in each unit that has one.
    const copies = await Promise.all(
      units.map(async (unit) => {
        const copy = join(folder.path, basename(unit));
        const text = await readFile(unit, 'utf8');
        await writeFile(copy, text.replaceAll('/opt/clef/', root).replaceAll('/usr/sbin/nginx', '/bin/true'));
        return copy;
      }),
    );
    const verify = (files: readonly string[]) =>
      spawnSync(analyze, ['verify', '--man=no', ...files], { encoding: 'utf8' }).stderr;
    expect(verify(copies)).toBe('');
    const planted = join(folder.path, 'planted.service');
    await writeFile(planted, '[Service]\nExecStart=/bin/true\nProtectSytem=strict\n');
    expect(verify([planted])).toContain('ProtectSytem');
  });
});

describe('the compose file', () => {
  it('names nothing that is not there', (context) => {
    const { services, networks, volumes, secrets } = parseYaml(
      join(composeFolder, 'compose.yaml'),
      context,
    ) as Compose;
    const missing = Object.entries(services).flatMap(([name, service]) => {
      const waited = namesIn(service.depends_on).filter((other) => !(other in services));
      const nets = namesIn(service.networks).filter((network) => !(network in networks));
      const secret = (service.secrets ?? []).filter((one) => !(one in secrets));
      const mounts = (service.volumes ?? [])
        .map((volume) => volume.split(':')[0] ?? '')
        // Folders of data are made by whoever runs it.
        .filter((from) => !from.startsWith('./data/'))
        .filter((from) =>
          from.startsWith('.') ? !existsSync(join(composeFolder, from)) : !(from in volumes),
        );
      const build = service.build
        ? join(composeFolder, service.build.context, service.build.dockerfile)
        : composeFolder;
      return [...waited, ...nets, ...secret, ...mounts, ...(existsSync(build) ? [] : [build])].map(
        (what) => `${name}: ${what}`,
      );
    });
    expect(missing).toEqual([]);
  });

  it('has settings and lists that Clef takes', async (context) => {
    const { services, secrets } = parseYaml(join(composeFolder, 'compose.yaml'), context) as Compose;
    for (const name of ['one', 'two', 'three']) {
      const { environment = {}, secrets: given = [] } = services[name] ?? {};
      const config = parseConfig({ env: { ...environment, CLEF_BASE_URL: 'https://localhost' } });
      expect(config.serverName).toBe(name);
      expect(config.clusterAddress).toEqual({ host: name, port: config.listen.port });
      expect(config.catalog?.keyFile).toBe('/run/secrets/client.key');
      expect(given).toContain('client.key');
    }
    const shards = parseShardsFile(await readFile(join(composeFolder, 'shards.toml'), 'utf8'));
    const hosts = [
      ...shards.nodes.map(({ primary }) => primary.host),
      ...shards.spiders.map(({ address }) => address.host),
    ];
    expect(hosts.filter((host) => !(host in services))).toEqual([]);
    const { tls, folder } = await readEdge(join(composeFolder, 'cluster.toml'));
    expect([tls?.certificate, tls?.key].map((file) => basename(file ?? ''))).toEqual(
      Object.keys(secrets).filter((name) => name.startsWith('certificate')),
    );
    expect(services['edge']?.volumes).toContain(`./data/edge:${folder}`);
  });
});

function namesIn(list: readonly string[] | Readonly<Record<string, unknown>> | undefined): readonly string[] {
  return Array.isArray(list) ? (list as readonly string[]) : Object.keys(list ?? {});
}
