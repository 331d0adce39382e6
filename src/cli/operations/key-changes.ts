import * as v from 'valibot';
import { ClefError } from '../../core/index.ts';
import { currentEpoch, type RecipientRole } from '../../crypto/index.ts';
import {
  changeLibraryKeys,
  type KeysChange,
  openRecoveryKit,
  parseServerCard,
} from '../../keystore/index.ts';
import type { App } from '../app/app.ts';
import { cardOf, type ShownCard } from '../app/server-card.ts';
import { type KnownServer, readKnownServers, rememberServer } from '../app/known-servers.ts';
import { operation } from './operation.ts';

/** Where the root key is to sign in place of this server's. */
const kitArgs = v.object({ folder: v.string(), passphrase: v.string() });
type KitArgs = v.InferOutput<typeof kitArgs>;

export interface KeysChanged {
  /** False where everything was so already. */
  readonly isChanged: boolean;
  /** Of the library keyring. */
  readonly version: number;
  readonly epoch: number;
  /** Nodes that have the new version, of how many; the others get it when they answer. */
  readonly holders: number;
  readonly nodes: number;
  /** Gateways need the key anew that `clef keys gateway` prints. */
  readonly hasGateways: boolean;
}

export interface ListedRecipient {
  readonly role: RecipientRole;
  readonly thumbprint: string;
  readonly isThisServer: boolean;
  /** Of a server that was added here. */
  readonly name?: string;
  readonly opensLibrary: boolean;
  readonly opensService: boolean;
}

export interface ListedRecipients {
  readonly recipients: readonly ListedRecipient[];
  /** Who may sign the next keyrings, beside the root key. */
  readonly administrators: readonly {
    readonly kid: string;
    readonly isThisServer: boolean;
    readonly name?: string;
  }[];
}

export const listRecipients = operation({
  name: 'keys.recipients',
  args: v.object({}),
  async run({ keys, data }): Promise<ListedRecipients> {
    const { library, service } = keys.keys;
    const known = await readKnownServers(data);
    const opens = (of: typeof library | typeof service, thumbprint: string) =>
      of.recipients.some((one) => one.thumbprint === thumbprint);
    const all = new Map([...library.recipients, ...service.recipients].map((one) => [one.thumbprint, one]));
    return {
      recipients: [...all.values()].map(({ role, thumbprint }) => ({
        role,
        thumbprint,
        isThisServer: thumbprint === keys.server.identity.thumbprint,
        ...nameWhere(known, (server) => server.thumbprint === thumbprint),
        opensLibrary: opens(library, thumbprint),
        opensService: opens(service, thumbprint),
      })),
      administrators: [...new Set([...library.administrators, ...service.administrators])].map((kid) => ({
        kid,
        isThisServer: kid === keys.server.signingKey.kid,
        ...nameWhere(known, (server) => server.kid === kid),
      })),
    };
  },
});

/** Public, whoever reads it: another server is given it to make this one a recipient. */
export const showCard = operation({
  name: 'keys.card',
  args: v.object({ name: v.string() }),
  run: ({ keys }, { name }): Promise<ShownCard> => cardOf(keys.server, name),
});

export const rotateKeys = operation({
  name: 'keys.rotate',
  args: v.object({ kit: v.optional(kitArgs) }),
  run: (app, { kit }): Promise<KeysChanged> => change(app, { kind: 'rotate' }, kit),
});

export const addRecipient = operation({
  name: 'keys.add',
  args: v.object({ card: v.string(), administrator: v.boolean(), kit: v.optional(kitArgs) }),
  async run(app, { card: text, administrator, kit }) {
    const card = await parseServerCard(text);
    const { recipient, signing, kid, name } = card;
    const changed = await change(
      app,
      { kind: 'add', recipient, signing, ...(administrator && { administrator: kid }) },
      kit,
    );
    await rememberServer(app.data, card);
    const isTrusted = app.keys.keys.trust.keyFor(kid) !== undefined;
    return { ...changed, name, thumbprint: recipient.thumbprint, isTrusted };
  },
});

export const revokeRecipient = operation({
  name: 'keys.revoke',
  args: v.object({ server: v.string(), kit: v.optional(kitArgs) }),
  async run(app, { server, kit }) {
    const known = await readKnownServers(app.data);
    const thumbprint = thumbprintOf(app, known, server);
    const before = app.keys.keys.library.administrators;
    // Of an administrator that nobody here can tell apart from the one that goes, the right goes too.
    const keepAdministrators = known.flatMap((one) => (one.thumbprint === thumbprint ? [] : one.kid));
    const changed = await change(app, { kind: 'revoke', thumbprint, keepAdministrators }, kit);
    const after = new Set(app.keys.keys.library.administrators);
    return {
      ...changed,
      thumbprint,
      ...nameWhere(known, (one) => one.thumbprint === thumbprint),
      lostAdministrators: before.filter((kid) => !after.has(kid)),
      /** Signed by this server, a second successor of the version before could still be made by who administered it. */
      isForkable: kit === undefined && before.some((kid) => !after.has(kid)),
    };
  },
});

export const keyChangeOperations = [listRecipients, showCard, rotateKeys, addRecipient, revokeRecipient];

async function change(app: App, wanted: KeysChange, kitArgs: KitArgs | undefined): Promise<KeysChanged> {
  const { keys, config } = app;
  const kit = kitArgs && (await openRecoveryKit(kitArgs.folder, kitArgs.passphrase));
  let isChanged = false;
  const spread = await keys.change(async (current) => {
    const next = await changeLibraryKeys(current, wanted, { server: keys.server, ...(kit && { kit }) });
    isChanged = next !== current;
    return next;
  });
  const { library } = keys.keys;
  app.log.info({ change: wanted.kind, version: library.version, ...spread }, 'the keyrings were changed');
  return {
    isChanged,
    version: library.version,
    epoch: currentEpoch(library).epoch,
    ...spread,
    hasGateways: config.gateways.length > 0,
  };
}

const LEAST_DIGITS = 8;

/** By thumbprint, its first digits, or the name that it was added under. */
function thumbprintOf({ keys }: App, known: readonly KnownServer[], text: string): string {
  const { library, service } = keys.keys;
  const thumbprints = new Set([...library.recipients, ...service.recipients].map((one) => one.thumbprint));
  const named = new Set(known.flatMap((one) => (one.name === text ? one.thumbprint : [])));
  const [found, other] = [...thumbprints].filter(
    (one) => named.has(one) || (text.length >= LEAST_DIGITS && one.startsWith(text)),
  );
  if (found === undefined)
    throw new ClefError(
      'not-found',
      `no recipient has this name or thumbprint; \`clef keys recipients\` lists them`,
    );
  if (other !== undefined)
    throw new ClefError('bad-request', 'several recipients are called so; give the whole thumbprint');
  return found;
}

function nameWhere(
  known: readonly KnownServer[],
  is: (server: KnownServer) => boolean,
): { readonly name?: string } {
  const name = known.find(is)?.name;
  return name === undefined ? {} : { name };
}
