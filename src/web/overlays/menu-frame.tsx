import { type ReactNode, useEffect, useLayoutEffect, useRef, useState } from 'react';
import { Menu, MenuItem } from 'react-aria-components/Menu';
import { Popover } from 'react-aria-components/Popover';
import { Icon, type IconName } from '../parts/icon.tsx';
import type { Anchor } from '../shell/overlays.ts';
import { useLayer } from '../shell/use-layer.ts';

interface MenuFrameProps {
  readonly at: Anchor;
  readonly label: string;
  readonly onClose: () => void;
  readonly children: ReactNode;
}

/** A menu beside what asked for it, or at the pointer. */
export function MenuFrame({ at, label, onClose, children }: MenuFrameProps) {
  useLayer(onClose);
  const point = useRef<HTMLSpanElement>(null);
  const menu = useRef<HTMLDivElement>(null);
  const trigger = useRef<Element | null>(at instanceof Element ? at : null);
  const [isPlaced, setPlaced] = useState(at instanceof Element);
  useLayoutEffect(() => {
    if (at instanceof Element) return;
    trigger.current = point.current;
    // The popover measures the point, which must be in the document first.
    // oxlint-disable-next-line react/set-state-in-effect
    setPlaced(true);
  }, [at]);
  useEffect(() => {
    if (!isPlaced) return undefined;
    // The click that a key makes of a button looks like a screen reader's to react-aria, which then leaves the focus
    // on the menu, or nowhere.
    const frame = requestAnimationFrame(() => {
      if (menu.current?.querySelector(':focus')) return;
      menu.current?.querySelector<HTMLElement>('[role=menuitem]')?.focus({ preventScroll: true });
    });
    return () => cancelAnimationFrame(frame);
  }, [isPlaced]);
  return (
    <>
      {!(at instanceof Element) && (
        <span ref={point} className="menu-point" style={{ left: at.x, top: at.y }} aria-hidden="true" />
      )}
      {isPlaced && (
        <Popover
          className="menu-popover"
          aria-label={label}
          triggerRef={trigger}
          isOpen
          placement="bottom start"
          onOpenChange={(isOpen) => {
            if (!isOpen) onClose();
          }}
        >
          {/* oxlint-disable-next-line jsx-a11y/no-autofocus -- a menu takes the keyboard (ARIA menu pattern) */}
          <Menu ref={menu} className="menu" aria-label={label} onClose={onClose} autoFocus="first">
            {children}
          </Menu>
        </Popover>
      )}
    </>
  );
}

interface EntryProps {
  readonly icon: IconName;
  readonly text: string;
  readonly run: () => void;
}

export function Entry({ icon, text, run }: EntryProps) {
  return (
    <MenuItem className="menu-item" textValue={text} onAction={run}>
      <Icon name={icon} />
      <span className="menu-item-text">{text}</span>
    </MenuItem>
  );
}
