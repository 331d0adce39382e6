// The directions of the house: core <- crypto <- vault; core <- catalog, accounts, playback; cli wires.
const domains =
  'api|tls|smb|nats|crypto|vault|catalog|accounts|keystore|library-log|ingest|uploads|playback|speaker|transcode|http|edge|cli|web';
const adapters =
  '^src/(vault/nodes/(?!port)|vault/log|catalog/sql/|catalog/(search|play-file|projection)/sqlite|accounts/sql/|ingest/probe-process|ingest/sources/(local|share)|ingest/watch/(folder|share)-hints|transcode/ffmpeg/|playback/stores/|speaker/machine/|edge/(leases|nginx-apply)/)';

/** Folder -> the folders that it may import, besides itself. */
const mayImport = {
  core: [],
  crypto: ['core'],
  smb: [],
  nats: ['core'],
  vault: ['core', 'crypto', 'smb'],
  catalog: ['core'],
  keystore: ['core', 'crypto'],
  accounts: ['core', 'crypto'],
  'library-log': ['core', 'crypto', 'vault', 'catalog'],
  ingest: ['core', 'crypto', 'vault', 'catalog', 'playback', 'transcode', 'smb'],
  uploads: ['core', 'crypto', 'keystore'],
  api: ['core'],
  tls: ['core', 'keystore'],
  playback: ['core', 'nats'],
  speaker: ['core', 'playback', 'transcode'],
  transcode: ['core'],
  edge: ['core', 'nats'],
  http: ['core', 'crypto', 'vault', 'catalog', 'accounts', 'ingest', 'uploads', 'playback', 'api'],
  web: ['core', 'crypto', 'vault', 'playback', 'api'],
};

const directions = Object.entries(mayImport).map(([folder, allowed]) => ({
  name: `${folder}-direction`,
  severity: 'error',
  from: { path: `^src/${folder}/`, pathNot: '/sql/|\\.test\\.tsx?$' },
  to: { path: `^src/(${domains})/`, pathNot: `^src/(${[folder, ...allowed].join('|')})/` },
}));

module.exports = {
  forbidden: [
    ...directions,
    {
      name: 'no-circular',
      severity: 'error',
      from: { path: '^src/' },
      // Types that name each other vanish before anything runs.
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'pure-without-node',
      comment: 'core, crypto, playback, api and the web player run unchanged in a browser.',
      severity: 'error',
      from: {
        path: '^src/(core|crypto|playback/(?!stores/)|api|web|vault/(layout|reading)\\.ts)',
        pathNot: '\\.test\\.tsx?$',
      },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'through-the-index',
      comment:
        "A folder's index.ts is its public surface. reading.ts is the part of it that a reader in a browser takes.",
      severity: 'error',
      from: { path: `^src/(core|${domains})/`, pathNot: '\\.test\\.tsx?$' },
      to: {
        path: `^src/(core|${domains})/`,
        pathNot: ['^src/$1/', '/(index|reading)\\.ts$', adapters],
      },
    },
    {
      name: 'web-reads',
      comment: 'The bundle of the player holds no signatures, envelopes, or storage nodes.',
      severity: 'error',
      from: { path: '^src/web/', pathNot: '\\.test\\.tsx?$' },
      to: { path: '^src/(crypto|vault)/index\\.ts$', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'adapters-only-from-cli',
      comment:
        'Only the composition root knows which adapter sits behind a port; sql adapters share one database.',
      severity: 'error',
      from: { path: '^src/', pathNot: ['^src/cli/|\\.test\\.tsx?$', adapters] },
      to: { path: adapters },
    },
    {
      name: 'shares-behind-ports',
      comment:
        'A share is a storage node or a source: the adapters of these ports talk to it, and cli names it.',
      severity: 'error',
      from: {
        path: '^src/',
        pathNot: '^src/(smb|cli|vault/nodes/smb|ingest/(sources/share|watch/share-hints))|\\.test\\.tsx?$',
      },
      to: { path: '^src/smb/' },
    },
    {
      name: 'nats-behind-ports',
      comment: 'The adapters of ports that NATS is behind talk to it, and cli names it.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(nats|cli|playback/stores/nats|edge/leases)/|\\.test\\.tsx?$' },
      to: { path: '^src/nats/' },
    },
    {
      name: 'samba-in-its-own-process',
      comment: "Samba's library blocks, and aborts its process: nothing else loads it.",
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/smb/process/' },
      to: { path: '^src/smb/process/|node_modules/koffi' },
    },
    {
      name: 'no-tests-in-product',
      severity: 'error',
      from: { path: '^src/', pathNot: '\\.test\\.tsx?$' },
      to: { path: '^(test|bench|scripts)/|\\.test\\.tsx?$' },
    },
    {
      name: 'no-dev-dependencies-in-product',
      severity: 'error',
      from: { path: '^src/', pathNot: '\\.test\\.tsx?$|^src/web/|/assembly/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'] },
    },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true, pathNot: '^node:' } },
  ],
  options: {
    parser: 'swc',
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '/assembly/|\\.css$' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      extensions: ['.ts', '.tsx', '.js', '.json'],
      conditionNames: ['node', 'import'],
      exportsFields: ['exports'],
    },
  },
};
