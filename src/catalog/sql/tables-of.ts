import { type CompiledQuery, type RootOperationNode, SelectQueryNode, TableNode } from 'kysely';

const known = new WeakMap<RootOperationNode, ReadonlySet<string>>();

/** The tables that a query names. Those of a prepared one are looked for once. */
export function tablesOf({ query }: Pick<CompiledQuery, 'query'>): ReadonlySet<string> {
  let tables = known.get(query);
  if (!tables) known.set(query, (tables = new Set(tablesIn(query))));
  return tables;
}

export function isRead({ query }: Pick<CompiledQuery, 'query'>): boolean {
  return SelectQueryNode.is(query);
}

function* tablesIn(node: unknown): Generator<string> {
  if (typeof node !== 'object' || node === null) return;
  if ('kind' in node && node.kind === 'TableNode') yield (node as TableNode).table.identifier.name;
  else for (const part of Object.values(node)) yield* tablesIn(part);
}
