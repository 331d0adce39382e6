import { useMessages } from '../messages/use-messages.ts';
import { type Cells, columnName } from './cells.ts';
import { nodeCalled } from './node-name.tsx';

/** The picture in words: for those who do not see it, and for those who want to know exactly. */
export function ColumnTable({ cells: { columns, checkedRows, rowCount } }: { readonly cells: Cells }) {
  const messages = useMessages();
  const { matrix: words } = messages;
  const sound = checkedRows < rowCount ? words.wholeSoFar : words.health.ok;
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
              <td className="no-wrap">{nodeCalled(messages, node)}</td>
              <td>
                <span className="matrix-mark">
                  <span
                    className={`matrix-cell matrix-cell-${health !== 'ok' ? health : badRows.length > 0 ? 'damaged' : role}`}
                    aria-hidden="true"
                  />
                  {badRows.length > 0
                    ? words.partly(badRows.length)
                    : health === 'ok'
                      ? sound
                      : words.health[health]}
                </span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
