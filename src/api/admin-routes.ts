import * as v from 'valibot';
import { defineRoute } from './route.ts';
import { hexId, name, timeMs, trackId, userId } from './values.ts';

const account = v.object({
  id: userId,
  name: v.string(),
  role: v.picklist(['admin', 'listener']),
  createdAtMs: timeMs,
  disabledAtMs: v.exactOptional(timeMs),
});
export type AdminAccount = v.InferOutput<typeof account>;

const appPassword = v.object({
  id: v.string(),
  kind: v.picklist(['app-password', 'api-key']),
  clientName: v.string(),
  createdAtMs: timeMs,
  lastUsedAtMs: v.exactOptional(timeMs),
});
export type AppPassword = v.InferOutput<typeof appPassword>;

const nodeStatus = v.object({
  id: hexId,
  /** Short and without a path: "node 1". */
  label: v.string(),
  failureDomain: v.string(),
  isOnline: v.boolean(),
  freeBytes: v.exactOptional(v.number()),
  /** Of the disk that it lies on. */
  totalBytes: v.exactOptional(v.number()),
});
export type NodeStatus = v.InferOutput<typeof nodeStatus>;

export const cellHealth = v.picklist(['ok', 'missing', 'damaged', 'offline', 'empty']);
export type CellHealth = v.InferOutput<typeof cellHealth>;

export const importProgress = v.object({
  scanning: v.boolean(),
  /** Files seen and done in the running scan. */
  done: v.number(),
  total: v.exactOptional(v.number()),
  /** Looking for files, of which `total` were found so far; importing them; or tidying up after them. */
  phase: v.exactOptional(v.picklist(['looking', 'importing', 'finishing'])),
  bytesPerSecond: v.exactOptional(v.number()),
  remainingMs: v.exactOptional(v.number()),
  failed: v.number(),
  lastScanMs: v.exactOptional(timeMs),
});
export type ImportProgress = v.InferOutput<typeof importProgress>;

export const importFindings = v.object({
  added: v.number(),
  changed: v.number(),
  moved: v.number(),
  /** Files with the same bytes as another. */
  duplicates: v.number(),
  unchanged: v.number(),
  /** Tracks whose files are gone from their source; they still play. */
  missing: v.number(),
  failed: v.number(),
  /** The first of those that failed. */
  faults: v.array(
    v.object({
      /** Below its source; absent where the import as a whole stopped. */
      path: v.exactOptional(v.string()),
      /** From docs/errors.md. */
      code: v.string(),
      reason: v.string(),
    }),
  ),
});
export type ImportFindings = v.InferOutput<typeof importFindings>;

export const adminRoutes = {
  accounts: defineRoute({
    method: 'GET',
    path: '/admin/accounts',
    access: 'admin',
    summary: 'Everybody.',
    answer: v.object({ accounts: v.array(account) }),
  }),
  addAccount: defineRoute({
    method: 'POST',
    path: '/admin/accounts',
    access: 'admin',
    summary:
      'Makes an account; without a password one is generated and answered once. Needs a fresh session.',
    body: v.object({
      name,
      role: v.picklist(['admin', 'listener']),
      password: v.exactOptional(v.pipe(v.string(), v.maxLength(1_024))),
    }),
    answer: v.object({ account, generatedPassword: v.exactOptional(v.string()) }),
  }),
  changeAccount: defineRoute({
    method: 'PATCH',
    path: '/admin/accounts/:id',
    access: 'admin',
    summary: 'Changes role, or whether the account may sign in; needs a fresh session.',
    params: v.object({ id: userId }),
    body: v.object({
      role: v.exactOptional(v.picklist(['admin', 'listener'])),
      disabled: v.exactOptional(v.boolean()),
    }),
    answer: account,
  }),
  resetPassword: defineRoute({
    method: 'PUT',
    path: '/admin/accounts/:id/password',
    access: 'admin',
    summary:
      'Gives an account another login password, and ends its sessions; without one it is generated and answered once. Needs a fresh session.',
    params: v.object({ id: userId }),
    body: v.object({ password: v.exactOptional(v.pipe(v.string(), v.maxLength(1_024))) }),
    answer: v.object({ generatedPassword: v.exactOptional(v.string()) }),
  }),
  appPasswords: defineRoute({
    method: 'GET',
    path: '/app-passwords',
    access: 'session',
    summary: "What the listener's Subsonic players sign in with.",
    answer: v.object({ appPasswords: v.array(appPassword) }),
  }),
  addAppPassword: defineRoute({
    method: 'POST',
    path: '/app-passwords',
    access: 'session',
    summary: 'Makes an app password, answered once; needs a fresh session.',
    body: v.object({ clientName: name }),
    answer: v.object({ id: v.string(), username: v.string(), password: v.string() }),
  }),
  revokeAppPassword: defineRoute({
    method: 'DELETE',
    path: '/app-passwords/:id',
    access: 'session',
    summary: 'From the next request on it opens nothing.',
    params: v.object({ id: v.pipe(v.string(), v.regex(/^\d{1,16}$/)) }),
  }),
  importProgress: defineRoute({
    method: 'GET',
    path: '/admin/import',
    access: 'admin',
    summary: 'What the importer is doing.',
    answer: importProgress,
  }),
  importFindings: defineRoute({
    method: 'GET',
    path: '/admin/import/findings',
    access: 'admin',
    summary: 'What the running import, or else the last one since the server started, did and could not do.',
    answer: importFindings,
  }),
  startImport: defineRoute({
    method: 'POST',
    path: '/admin/import',
    access: 'admin',
    summary: 'Looks for changes in every source.',
  }),
  vault: defineRoute({
    method: 'GET',
    path: '/admin/vault',
    access: 'admin',
    summary: 'Nodes, policy, and how much is stored.',
    answer: v.object({
      policy: v.object({ k: v.number(), m: v.number() }),
      nodes: v.array(nodeStatus),
      assets: v.number(),
      /** With parity, padding and what belongs to it. */
      storedBytes: v.exactOptional(v.number()),
      degradedAssets: v.number(),
      /** Present where the recovery kit was not proved to work for as long as people want it to be. */
      drillIsDue: v.exactOptional(v.literal(true)),
      /** How far a repair that an administrator asked for has come; absent while none runs. */
      repair: v.exactOptional(v.object({ done: v.number(), total: v.number() })),
    }),
  }),
  repairVault: defineRoute({
    method: 'POST',
    path: '/admin/vault/repair',
    access: 'admin',
    summary: 'Has all that is stored looked through, and what is missing or damaged restored.',
  }),
  trackMatrix: defineRoute({
    method: 'GET',
    path: '/matrix/:id',
    access: 'session',
    summary: "The encryption matrix of a track: rows of time, columns of nodes, and each cell's health now.",
    params: v.object({ id: trackId }),
    answer: v.object({
      k: v.number(),
      m: v.number(),
      rowCount: v.number(),
      lengthBytes: v.number(),
      /** With the padding, by which the cells are dealt out. */
      paddedLengthBytes: v.exactOptional(v.number()),
      storedBytes: v.number(),
      durationMs: v.number(),
      /** Rows from the first on whose cells were read; absent where all were. */
      checkedRows: v.exactOptional(v.number()),
      columns: v.array(
        v.object({
          column: v.number(),
          role: v.picklist(['data', 'parity']),
          /** The label of the node that has it, or should. */
          node: v.exactOptional(v.string()),
          health: cellHealth,
          /** Rows whose cell is damaged; a damaged column without any is damaged as a whole. */
          badRows: v.array(v.number()),
        }),
      ),
    }),
  }),
  libraryMatrix: defineRoute({
    method: 'GET',
    path: '/matrix',
    access: 'session',
    summary: 'A sample of the library, an asset a row: where its columns lie, and how they are.',
    answer: v.object({
      policy: v.object({ k: v.number(), m: v.number() }),
      nodes: v.array(nodeStatus),
      assets: v.array(
        v.object({
          title: v.string(),
          trackId: v.exactOptional(trackId),
          cells: v.array(
            v.object({
              /** Its label. */
              node: v.exactOptional(v.string()),
              role: v.picklist(['data', 'parity']),
              health: cellHealth,
            }),
          ),
        }),
      ),
    }),
  }),
} as const;
