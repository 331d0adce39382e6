import type { StorageNode } from './port.ts';

/** The calls of a node that a decorator changes; each has the contract of the port still. */
export type NodeChanges = Partial<
  Pick<
    StorageNode,
    'backlogMs' | 'create' | 'delete' | 'free' | 'list' | 'read' | 'removeTemporary' | 'replace' | 'stat'
  >
>;

/** A node that does as another does, but for what is changed. Disposing of it disposes of the other. */
export function decorateNode(node: StorageNode, changes: NodeChanges): StorageNode {
  return {
    get id() {
      return node.id;
    },
    get failureDomain() {
      return node.failureDomain;
    },
    create: (name, source, options) => node.create(name, source, options),
    replace: (name, ifVersion, source, options) => node.replace(name, ifVersion, source, options),
    read: (name, offsetBytes, lengthBytes, options) => node.read(name, offsetBytes, lengthBytes, options),
    backlogMs: (lengthBytes) => node.backlogMs?.(lengthBytes) ?? 0,
    stat: (name, options) => node.stat(name, options),
    list: (prefix, options) => node.list(prefix, options),
    delete: (name, options) => node.delete(name, options),
    free: (options) => node.free(options),
    removeTemporary: (olderThanMs, options) => node.removeTemporary(olderThanMs, options),
    [Symbol.asyncDispose]: () => node[Symbol.asyncDispose](),
    ...changes,
  };
}
