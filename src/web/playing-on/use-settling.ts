import { useEffect, useRef, useState } from 'react';

const SETTLE_MS = 250;

/** A value that is dragged: shown at once, and told when it has come to rest. */
export function useSettling(value: number, tell: (value: number) => void): [number, (value: number) => void] {
  const [held, setHeld] = useState<number>();
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  return [
    held ?? value,
    (next) => {
      setHeld(next);
      clearTimeout(timer.current);
      timer.current = setTimeout(() => {
        tell(next);
        setHeld(undefined);
      }, SETTLE_MS);
    },
  ];
}
