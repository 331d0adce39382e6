import type { ReactNode } from 'react';
import { Icon, type IconName } from './icon.tsx';

interface NoticeProps {
  readonly icon: IconName;
  readonly title: string;
  readonly text?: string;
  /** Where nothing else is on the page. */
  readonly isPage?: boolean;
  readonly children?: ReactNode;
}

/** In place of what is not there: says why, and what to do. */
export function Notice({ icon, title, text, isPage = false, children }: NoticeProps) {
  const Title = isPage ? 'h1' : 'h2';
  return (
    <div className="notice">
      <span className="notice-icon">
        <Icon name={icon} />
      </span>
      <Title className="notice-title">{title}</Title>
      {text && <p className="notice-text">{text}</p>}
      {children && <div className="notice-actions">{children}</div>}
    </div>
  );
}
