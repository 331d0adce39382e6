import {
  type KyselyPlugin,
  type PluginTransformQueryArgs,
  type PluginTransformResultArgs,
  QueryNode,
  type QueryResult,
  type RootOperationNode,
  SelectModifierNode,
  SelectQueryNode,
  type UnknownRow,
} from 'kysely';

/**
 * Reads of a transaction take the rows, and the gaps where there are none, for its own until it ends: what is written
 * then follows from what is still so (two-phase locking; MariaDB manual, "InnoDB Lock Modes").
 */
export class LockingReads implements KyselyPlugin {
  transformQuery({ node }: PluginTransformQueryArgs): RootOperationNode {
    if (!SelectQueryNode.is(node)) return node;
    return QueryNode.cloneWithEndModifier(node, SelectModifierNode.create('ForUpdate'));
  }

  async transformResult({ result }: PluginTransformResultArgs): Promise<QueryResult<UnknownRow>> {
    return result;
  }
}
