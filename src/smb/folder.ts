import type { SmbShare } from './share.ts';

/** The files below a folder of a share. Whoever has the share disposes of it. */
export type SmbFolder = Pick<
  SmbShare,
  | 'create'
  | 'isWritten'
  | 'list'
  | 'mkdir'
  | 'read'
  | 'release'
  | 'rename'
  | 'rmdir'
  | 'space'
  | 'stat'
  | 'unlink'
>;

/** Without slashes around the path; '' is the top of the share. */
export function folderOfShare(share: SmbShare, path: string): SmbFolder {
  const on = (below: string): string => [path, below].filter((part) => part !== '').join('/');
  return {
    create: (below) => share.create(on(below)),
    isWritten: (below) => share.isWritten(on(below)),
    list: (below) => share.list(on(below)),
    mkdir: (below) => share.mkdir(on(below)),
    read: (below, ...rest) => share.read(on(below), ...rest),
    release: (below) => share.release(on(below)),
    rename: (from, to) => share.rename(on(from), on(to)),
    rmdir: (below) => share.rmdir(on(below)),
    space: () => share.space(),
    stat: (below) => share.stat(on(below)),
    unlink: (below) => share.unlink(on(below)),
  };
}
