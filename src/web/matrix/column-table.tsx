import { useMessages } from '../messages/use-messages.ts';
import { type Cells, columnName } from './cells.ts';

/** The picture in words: for those who do not see it, and for those who want to know exactly. */
export function ColumnTable({ cells: { columns } }: { readonly cells: Cells }) {
  const { matrix: words } = useMessages();
  return (
    <section aria-labelledby="matrix-columns-title">
      <h2 id="matrix-columns-title" className="section-title">
        {words.columnsTitle}
      </h2>
      <table className="plain-table">
        <thead>
          <tr>
            <th scope="col">{words.column}</th>
            <th scope="col">{words.holds}</th>
            <th scope="col">{words.node}</th>
            <th scope="col">{words.condition}</th>
          </tr>
        </thead>
        <tbody>
          {columns.map(({ column, role, node, health, badRows }, index) => (
            <tr key={column}>
              <th scope="row">{columnName(columns, index)}</th>
              <td>{words.role[role]}</td>
              <td>{node ?? words.unknownNode}</td>
              <td>
                <span className="matrix-mark">
                  <span
                    className={`matrix-cell matrix-cell-${health !== 'ok' ? health : badRows.length > 0 ? 'damaged' : role}`}
                    aria-hidden="true"
                  />
                  {badRows.length > 0 ? words.partly(badRows.length) : words.health[health]}
                </span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
