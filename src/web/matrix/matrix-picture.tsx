import { type KeyboardEvent, type PointerEvent, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { useFormats, useMessages } from '../messages/use-messages.ts';
import { type Cells, columnName } from './cells.ts';
import { createGeometry, type Geometry } from './geometry.ts';
import { MatrixCanvas } from './matrix-canvas.tsx';
import { NodeName, nodeCalled } from './node-name.tsx';
import { Playhead } from './playhead.tsx';
import { useThemeCount } from './use-theme-count.ts';

interface MatrixPictureProps {
  readonly cells: Cells;
  readonly trackId: string;
  readonly title: string;
  readonly durationMs: number;
}

interface Place {
  readonly row: number;
  readonly column: number;
}

const TICKS_PIXELS = 64;
const JUMP_ROWS = 10;

/** The matrix to look at and to walk through: times to the left, nodes above, a cell's story where one points. */
export function MatrixPicture({ cells, trackId, title, durationMs }: MatrixPictureProps) {
  const messages = useMessages();
  const { matrix: words } = messages;
  const { clock } = useFormats();
  const field = useRef<HTMLDivElement>(null);
  const width = useWidth(field);
  const themes = useThemeCount();
  const [place, setPlace] = useState<Place>();
  const { rowCount, columns } = cells;
  const geometry = useMemo(
    () => createGeometry(width, columns.length, rowCount),
    [width, columns.length, rowCount],
  );
  const timeAt = (row: number) => clock((row / rowCount) * durationMs);

  const point = ({ clientX, clientY }: PointerEvent<HTMLDivElement>) => {
    const bounds = field.current?.getBoundingClientRect();
    if (!bounds) return;
    const column = geometry.columnAt(clientX - bounds.left);
    setPlace(column === undefined ? undefined : { row: geometry.rowAt(clientY - bounds.top), column });
  };
  const walk = (event: KeyboardEvent) => {
    const step = steps[event.key];
    if (!step) return;
    event.preventDefault();
    event.stopPropagation();
    const from = place ?? { row: step[1] > 0 ? -1 : 0, column: step[0] > 0 ? -1 : 0 };
    const row = Math.min(rowCount - 1, Math.max(0, from.row + step[1]));
    setPlace({ row, column: Math.min(columns.length - 1, Math.max(0, from.column + step[0])) });
    const top = field.current?.getBoundingClientRect().top ?? 0;
    const y = top + row * geometry.rowPitch;
    if (y < 200 || y > innerHeight - 200) scrollBy({ top: y - innerHeight / 2 });
  };

  const pointed = place && columns[place.column];
  return (
    <div className="matrix">
      <div className="matrix-head">
        <output className="matrix-reading" id="matrix-reading">
          {place && pointed
            ? words.reading(
                `${timeAt(place.row)}–${timeAt(place.row + 1)}`,
                `${words.role[pointed.role]} ${columnName(columns, place.column)}`,
                nodeCalled(messages, pointed.node),
                words.health[cells.stateAt(place.row, place.column)],
              )
            : words.hint}
        </output>
        <ol className="matrix-columns" style={{ gap: geometry.columnX(1) - geometry.columnWidth }}>
          {columns.map(({ column, role, node, health }, index) => (
            <li
              key={column}
              className={`matrix-column matrix-column-${role} ${health === 'ok' || health === 'empty' ? '' : 'is-hurt'}`}
            >
              <span className="matrix-column-name">{columnName(columns, index)}</span>
              <span className="matrix-column-node">
                <NodeName label={node} />
              </span>
            </li>
          ))}
        </ol>
      </div>
      <Ticks geometry={geometry} rowCount={rowCount} timeAt={timeAt} />
      {/* It takes the arrow keys, and tells in the output above where they led. */}
      {/* oxlint-disable jsx-a11y/no-noninteractive-tabindex */}
      <div
        ref={field}
        className="matrix-field"
        role="application"
        aria-label={words.picture(title)}
        aria-describedby="matrix-reading"
        tabIndex={0}
        style={{ height: geometry.height }}
        onPointerMove={point}
        onPointerDown={point}
        onPointerLeave={() => setPlace(undefined)}
        onBlur={() => setPlace(undefined)}
        onKeyDown={walk}
      >
        {width > 0 && <MatrixCanvas key={themes} cells={cells} geometry={geometry} />}
        {place && (
          <span
            className="matrix-cursor"
            style={{
              width: geometry.columnWidth,
              height: geometry.rowHeight,
              translate: `${geometry.columnX(place.column)}px ${place.row * geometry.rowPitch}px`,
            }}
          />
        )}
        <Playhead trackId={trackId} durationMs={durationMs} height={geometry.height} />
      </div>
    </div>
  );
}

const steps: Readonly<Record<string, readonly [columns: number, rows: number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
  PageUp: [0, -JUMP_ROWS],
  PageDown: [0, JUMP_ROWS],
  Home: [0, -Infinity],
  End: [0, Infinity],
};

interface TicksProps {
  readonly geometry: Geometry;
  readonly rowCount: number;
  readonly timeAt: (row: number) => string;
}

function Ticks({ geometry, rowCount, timeAt }: TicksProps) {
  const every = Math.max(1, Math.round(TICKS_PIXELS / geometry.rowPitch));
  return (
    <div className="matrix-ticks" style={{ height: geometry.height }} aria-hidden="true">
      {Array.from({ length: Math.ceil(rowCount / every) }, (_, index) => (
        <span key={index} className="matrix-tick" style={{ top: index * every * geometry.rowPitch }}>
          {timeAt(index * every)}
        </span>
      ))}
    </div>
  );
}

function useWidth(element: { readonly current: HTMLElement | null }): number {
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const observed = element.current;
    if (!observed) return undefined;
    const observer = new ResizeObserver(([entry]) => setWidth(Math.floor(entry?.contentRect.width ?? 0)));
    observer.observe(observed);
    return () => observer.disconnect();
  }, [element]);
  return width;
}
