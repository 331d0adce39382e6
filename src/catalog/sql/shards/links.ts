import { randomBytes } from 'node:crypto';
import { toHex } from '../../../core/index.ts';
import { isSame, type Primary, readPrimary, writePrimary } from './primaries.ts';
import type { Server } from './server.ts';
import { cutClients, type Link, loginName, readLogin, relinkNode } from './spider-node.ts';
import type { Login } from './users.ts';

/** A link to a node's primary, and which server that is where the node has a replica. */
export interface PrimaryLink extends Link {
  readonly primary: Primary | undefined;
}

export interface FollowOptions {
  /** Whom Clef signs in as. */
  readonly client: Login;
  /** The server that the Spider node went to until now takes no writes any more. */
  readonly isFenced: boolean;
}

/** Where the Spider node was not told of this primary it is, to the end: it remembers that when nobody goes elsewhere any more. */
export async function followLink(spider: Server, link: PrimaryLink, options: FollowOptions): Promise<void> {
  const { node, address, login, primary } = link;
  const told = await readLogin(spider, node, address);
  const isTold = told?.user === login.user && told.password === login.password;
  if (isTold && isSame(await readPrimary(spider, node), primary)) return;
  if (!options.isFenced) await cutClients(spider, options.client);
  await relinkNode(spider, link);
  if (primary) await writePrimary(spider, node, primary);
}

/**
 * As a Spider node was told before that goes to this server; a new one where none does. So a primary of before does not know
 * what the Spider nodes sign in with after a promotion.
 */
export async function loginOf(
  spiders: readonly Server[],
  { name, address, database }: Server,
): Promise<Login> {
  for (const spider of spiders) {
    const login = await readLogin(spider, name, address);
    if (login) return login;
  }
  return { user: loginName(database), password: toHex(randomBytes(24)) };
}
