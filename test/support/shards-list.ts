import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { MysqlAddress } from '../../src/catalog/sql/mysql/address.ts';
import type { ShardServers } from '../../src/catalog/sql/shards/index.ts';

/** The list of servers as `clef catalog shards` takes it, with its key files, in a folder of its own. Answers its path. */
export async function writeShardsList(
  folder: string,
  { nodes, spiders, client }: ShardServers,
): Promise<string> {
  await mkdir(folder, { recursive: true });
  let keys = 0;
  const keyFile = async ({ user, password }: Pick<MysqlAddress, 'user' | 'password'>) => {
    const path = join(folder, `${++keys}.key`);
    await writeFile(path, `user = "${user}"\npassword = "${password}"\n`, { mode: 0o600 });
    return path;
  };
  const place = async (address: MysqlAddress) =>
    `"mysql://${address.host}:${address.port}/${address.database}?key=${await keyFile(address)}"`;
  const lines = ['[client]', `key = "${await keyFile(client)}"`];
  for (const { name, primary, replica } of nodes) {
    lines.push('[[node]]', `name = "${name}"`, `primary = ${await place(primary)}`);
    if (replica) lines.push(`replica = ${await place(replica)}`);
  }
  for (const { name, address } of spiders)
    lines.push('[[spider]]', `name = "${name}"`, `address = ${await place(address)}`);
  const list = join(folder, 'shards.toml');
  await writeFile(list, `${lines.join('\n')}\n`);
  return list;
}
