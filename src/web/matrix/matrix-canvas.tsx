import { useEffect, useMemo, useRef, useState } from 'react';
import type { Cells } from './cells.ts';
import { type Changes, changesBetween, noChanges } from './changes.ts';
import type { Geometry } from './geometry.ts';
import { keepDrawn } from './keep-drawn.ts';

interface MatrixCanvasProps {
  readonly cells: Cells;
  readonly geometry: Geometry;
}

/** The cells. As tall as the window at most, however many rows there are: it draws what is in sight. */
export function MatrixCanvas({ cells, geometry }: MatrixCanvasProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const changes = useChanges(cells);
  useEffect(
    () => (canvas.current ? keepDrawn(canvas.current, { cells, geometry, changes }) : undefined),
    [cells, geometry, changes],
  );
  return <canvas ref={canvas} className="matrix-canvas" aria-hidden="true" />;
}

function useChanges(cells: Cells): Changes {
  const [shown, setShown] = useState(cells);
  const [changes, setChanges] = useState(noChanges);
  const isStill = useMemo(() => matchMedia('(prefers-reduced-motion: reduce)'), []);
  if (shown !== cells) {
    setShown(cells);
    setChanges(isStill.matches ? noChanges : changesBetween(shown, cells));
  }
  return changes;
}
