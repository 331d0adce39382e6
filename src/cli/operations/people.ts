import * as v from 'valibot';
import type { Account, CredentialView } from '../../accounts/index.ts';
import type { App } from '../app/app.ts';
import { operation } from './operation.ts';

const userName = v.object({ name: v.string() });
const role = v.picklist(['admin', 'listener']);

/** Everyone at the command line of the server's own machine acts as the machine. */
const BY = 'machine';

export const addUser = operation({
  name: 'user.add',
  begins: true,
  args: v.object({ name: v.string(), role, password: v.optional(v.string()) }),
  run: ({ accounts }, { name, role, password }) =>
    accounts.createUser({ name, role, ...(password === undefined ? {} : { password }) }, BY),
});

export const listUsers = operation({
  name: 'user.list',
  args: v.object({}),
  run: ({ accounts }): Promise<readonly Account[]> => accounts.list(),
});

export const setPassword = operation({
  name: 'user.passwd',
  args: v.object({ name: v.string(), password: v.optional(v.string()) }),
  async run({ accounts }, { name, password }) {
    const { id } = await accounts.find(name);
    return accounts.setPassword(id, password, BY);
  },
});

export const setRole = operation({
  name: 'user.role',
  args: v.object({ name: v.string(), role }),
  run: async ({ accounts }, { name, role }) => accounts.setRole((await accounts.find(name)).id, role, BY),
});

export const disableUser = operation({
  name: 'user.disable',
  args: userName,
  run: async ({ accounts }, { name }) => accounts.disable((await accounts.find(name)).id, BY),
});

export const enableUser = operation({
  name: 'user.enable',
  args: userName,
  run: async ({ accounts }, { name }) => accounts.enable((await accounts.find(name)).id, BY),
});

export const createAppPassword = operation({
  name: 'app-password.create',
  begins: true,
  args: v.object({ name: v.string(), client: v.string() }),
  run: async ({ accounts, credentials }, { name, client }) =>
    credentials.createAppPassword((await accounts.find(name)).id, client, BY),
});

export const createApiKey = operation({
  name: 'api-key.create',
  begins: true,
  args: v.object({ name: v.string(), client: v.string() }),
  run: async ({ accounts, credentials }, { name, client }) =>
    credentials.createApiKey((await accounts.find(name)).id, client, BY),
});

export const listCredentials = operation({
  name: 'credential.list',
  args: userName,
  run: (app, { name }): Promise<readonly CredentialView[]> => credentialsOf(app, name),
});

export const revokeCredential = operation({
  name: 'credential.revoke',
  args: v.object({ name: v.string(), id: v.number() }),
  async run(app, { name, id }) {
    const user = (await app.accounts.find(name)).id;
    const credential = (await credentialsOf(app, name)).find((candidate) => candidate.id === id);
    await app.credentials.revoke(user, id as CredentialView['id'], BY);
    return { clientName: credential?.clientName ?? '' };
  },
});

async function credentialsOf(
  { accounts, credentials }: App,
  name: string,
): Promise<readonly CredentialView[]> {
  return credentials.list((await accounts.find(name)).id);
}
