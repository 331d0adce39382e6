import { Link } from '@tanstack/react-router';
import { memo } from 'react';
import type { NodeStatus, RouteAnswer, routes } from '../../api/index.ts';
import { useMessages } from '../messages/use-messages.ts';
import { useNames } from '../parts/names.ts';
import { NodeName } from './node-name.tsx';

type Asset = RouteAnswer<typeof routes.libraryMatrix>['assets'][number];
type Cell = Asset['cells'][number];

interface LibraryTableProps {
  readonly nodes: readonly NodeStatus[];
  readonly assets: readonly Asset[];
}

/** A row a track, a column a node. A table to everyone: what is seen is what is read out. */
export function LibraryTable({ nodes, assets }: LibraryTableProps) {
  const { matrix: words } = useMessages();
  const labels = nodes.map(({ label }) => label);
  const hasHomeless = assets.some(({ cells }) => cells.some(({ node }) => !isKnown(node, labels)));
  return (
    <table className="library-matrix">
      <caption className="visually-hidden">{words.libraryTitle}</caption>
      <thead>
        <tr>
          <th scope="col">{words.track}</th>
          {labels.map((label) => (
            <th key={label} scope="col" className="library-matrix-node">
              <NodeName label={label} />
            </th>
          ))}
          {hasHomeless && (
            <th scope="col" className="library-matrix-node">
              <NodeName label={undefined} />
            </th>
          )}
        </tr>
      </thead>
      <tbody>
        {assets.map((asset, index) => (
          <AssetRow key={asset.trackId ?? index} asset={asset} nodes={nodes} hasHomeless={hasHomeless} />
        ))}
      </tbody>
    </table>
  );
}

function isKnown(node: string | undefined, labels: readonly string[]): boolean {
  return node !== undefined && labels.includes(node);
}

interface AssetRowProps {
  readonly asset: Asset;
  readonly nodes: readonly NodeStatus[];
  readonly hasHomeless: boolean;
}

const AssetRow = memo(function AssetRow({ asset, nodes, hasHomeless }: AssetRowProps) {
  const names = useNames();
  const labels = nodes.map(({ label }) => label);
  const title = names.title(asset);
  return (
    <tr>
      <th scope="row" className="library-matrix-title" dir="auto" title={title}>
        {asset.trackId === undefined ? (
          title
        ) : (
          <Link to="/matrix/$trackId" params={{ trackId: asset.trackId }}>
            {title}
          </Link>
        )}
      </th>
      {labels.map((label) => (
        <NodeCells key={label} cells={asset.cells.filter(({ node }) => node === label)} />
      ))}
      {hasHomeless && <NodeCells cells={asset.cells.filter(({ node }) => !isKnown(node, labels))} />}
    </tr>
  );
});

function NodeCells({ cells }: { readonly cells: readonly Cell[] }) {
  const { matrix: words } = useMessages();
  return (
    <td>
      <span className="library-matrix-cells">
        {cells.map(({ role, health }, index) => (
          // The columns of an asset on one node have no other name than their order.
          // oxlint-disable-next-line react/no-array-index-key
          <span key={index} className={`matrix-cell matrix-cell-${health === 'ok' ? role : health}`}>
            <span className="visually-hidden">
              {words.role[role]}, {words.health[health]}
            </span>
          </span>
        ))}
      </span>
    </td>
  );
}
