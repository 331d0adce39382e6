import koffi, { type LibraryHandle } from 'koffi';

/** A pointer of the library's. */
export type Pointer = bigint;

/** What is used of libsmbclient (libsmbclient.h of Samba 4.17), bound to one context. Negative or null: see `errno`. */
export interface SmbLibrary {
  open(url: string, flags: number): Pointer | null;
  read(file: Pointer, into: Uint8Array, lengthBytes: number): number;
  write(file: Pointer, bytes: Uint8Array, lengthBytes: number): number;
  seek(file: Pointer, offsetBytes: number): number;
  close(file: Pointer): number;
  stat(url: string, into: Uint8Array): number;
  rename(from: string, to: string): number;
  unlink(url: string): number;
  mkdir(url: string): number;
  rmdir(url: string): number;
  openFolder(url: string): Pointer | null;
  closeFolder(folder: Pointer): number;
  /** The next entry's name, its `struct stat` in `into`; undefined at the end. */
  nextEntry(folder: Pointer, into: Uint8Array): string | undefined;
  space(url: string, into: Uint8Array): number;
  /** What files are opened with from now on. */
  setShareMode(mode: ShareMode): void;
  /**
   * Blocks for as long as the connection lasts. Tells of paths below a folder that changed, of none every so often, and of
   * '' where the server could not say which. What `tell` throws ends the watch.
   */
  watch(folder: Pointer, tell: (paths: readonly string[]) => void): number;
  /** Of the last call. */
  errno(): string;
}

export interface ContextOptions {
  readonly user: string;
  readonly password: string;
  readonly domain: string;
  /** 0 never, 1 where offered, 2 always: which versions so far do not hold themselves to. */
  readonly encryption: 0 | 1 | 2;
  readonly timeoutMs: number;
}

/** `any`: others may write meanwhile. `no-writers`: fails where one has it open to write. */
export type ShareMode = 'any' | 'no-writers';

const LIBRARY = 'libsmbclient.so.0';
const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;
const SEEK_SET = 0;
const SHARE_MODES = { any: 4, 'no-writers': 2 } as const;
/** SMBC_NOTIFY_CHANGE_… FILE_NAME, DIR_NAME, SIZE, LAST_WRITE. */
const WATCHED = 0x1b;
/** What a callback of `smbc_notify` answers. */
const GO_ON = 0;
const END_WATCH = 1;
/** How often a watch says that it is still there. */
const STILL_THERE_MS = 1_000;

const errnoNames = new Map(Object.entries(koffi.os.errno).map(([name, value]) => [value, name]));

const AskPassword = koffi.proto(
  'void ClefAskPassword(void *context, const char *server, const char *share, void *workgroup, int workgroupSize, void *user, int userSize, void *password, int passwordSize)',
);

const Change = koffi.struct('ClefChange', { action: 'uint32_t', path: 'const char *' });

const TellChanges = koffi.proto(
  'int ClefTellChanges(const ClefChange *changes, size_t count, void *nothing)',
);

const FileInfo = koffi.struct('ClefFileInfo', {
  size: 'uint64_t',
  attributes: 'uint16_t',
  uid: 'uint32_t',
  gid: 'uint32_t',
  times: koffi.array('int64_t', 8),
  name: 'const char *',
  shortName: 'const char *',
});

/** Undefined where the library is not installed. */
export function loadLibrary(): LibraryHandle | undefined {
  try {
    return koffi.load(LIBRARY);
  } catch {
    return undefined;
  }
}

/** The one context of this process: a second one aborts it. */
export function makeContext(library: LibraryHandle, options: ContextOptions): SmbLibrary {
  const context = library.func('void *smbc_new_context(void)')() as Pointer;
  const set = (name: string, value: number): void => {
    library.func(`void smbc_set${name}(void *context, int value)`)(context, value);
  };
  set('Debug', 0);
  set('Timeout', options.timeoutMs);
  set('OptionDebugToStderr', 1);
  set('OptionNoAutoAnonymousLogin', 1);
  set('OptionUseKerberos', 0);
  set('OptionUseCCache', 0);
  set('OptionOneSharePerServer', 1);
  set('OptionSmbEncryptionLevel', options.encryption);
  library.func('int smbc_setOptionProtocols(void *context, const char *least, const char *most)')(
    context,
    'SMB2_10',
    'SMB3_11',
  );
  const ask = koffi.register((...asked: readonly unknown[]) => {
    const [, , , workgroup, workgroupSize, user, userSize, password, passwordSize] = asked;
    putText(workgroup, workgroupSize, options.domain);
    putText(user, userSize, options.user);
    putText(password, passwordSize, options.password);
  }, koffi.pointer(AskPassword));
  library.func('void smbc_setFunctionAuthDataWithContext(void *context, ClefAskPassword *ask)')(context, ask);
  library.func('void *smbc_init_context(void *context)')(context);
  return bind(library, context);
}

function bind(library: LibraryHandle, context: Pointer): SmbLibrary {
  const get = (name: string, prototype: string) => {
    const pointer: unknown = library.func(`void *smbc_getFunction${name}(void *context)`)(context);
    return koffi.decode(pointer, koffi.proto(prototype)) as (...args: readonly unknown[]) => unknown;
  };
  const open = get('Open', 'void *(void *c, const char *url, int flags, uint32_t mode)');
  const read = get('Read', 'int64_t (void *c, void *file, void *into, size_t length)');
  const write = get('Write', 'int64_t (void *c, void *file, const void *bytes, size_t length)');
  const seek = get('Lseek', 'int64_t (void *c, void *file, int64_t offset, int whence)');
  const close = get('Close', 'int (void *c, void *file)');
  const stat = get('Stat', 'int (void *c, const char *url, void *into)');
  const rename = get('Rename', 'int (void *c, const char *from, void *c2, const char *to)');
  const unlink = get('Unlink', 'int (void *c, const char *url)');
  const mkdir = get('Mkdir', 'int (void *c, const char *url, uint32_t mode)');
  const rmdir = get('Rmdir', 'int (void *c, const char *url)');
  const openFolder = get('Opendir', 'void *(void *c, const char *url)');
  const closeFolder = get('Closedir', 'int (void *c, void *folder)');
  const nextEntry = get('ReaddirPlus2', 'void *(void *c, void *folder, void *into)');
  const space = get('StatVFS', 'int (void *c, const char *url, void *into)');
  const watch = get(
    'Notify',
    'int (void *c, void *folder, int isDeep, uint32_t filter, uint32_t timeoutMs, ClefTellChanges *tell, void *nothing)',
  );
  const setShareMode = library.func('void smbc_setOptionOpenShareMode(void *context, int mode)');
  return {
    open: (url, flags) => open(context, url, flags, FILE_MODE) as Pointer | null,
    read: (file, into, lengthBytes) => Number(read(context, file, into, lengthBytes)),
    write: (file, bytes, lengthBytes) => Number(write(context, file, bytes, lengthBytes)),
    seek: (file, offsetBytes) => Number(seek(context, file, offsetBytes, SEEK_SET)),
    close: (file) => close(context, file) as number,
    stat: (url, into) => stat(context, url, into) as number,
    rename: (from, to) => rename(context, from, context, to) as number,
    unlink: (url) => unlink(context, url) as number,
    mkdir: (url) => mkdir(context, url, FOLDER_MODE) as number,
    rmdir: (url) => rmdir(context, url) as number,
    openFolder: (url) => openFolder(context, url) as Pointer | null,
    closeFolder: (folder) => closeFolder(context, folder) as number,
    nextEntry: (folder, into) => {
      const info = nextEntry(context, folder, into);
      return info === null ? undefined : (koffi.decode(info, FileInfo) as { readonly name: string }).name;
    },
    space: (url, into) => space(context, url, into) as number,
    setShareMode: (mode) => {
      setShareMode(context, SHARE_MODES[mode]);
    },
    watch: (folder, tell) => {
      let failure: { readonly error: unknown } | undefined;
      // An exception gives the library no answer: it waits until it has returned.
      const callback = koffi.register((...told: readonly unknown[]) => {
        try {
          tell(changesIn(told));
          return GO_ON;
        } catch (error) {
          failure = { error };
          return END_WATCH;
        }
      }, koffi.pointer(TellChanges));
      let result: number;
      try {
        result = watch(context, folder, 1, WATCHED, STILL_THERE_MS, callback, null) as number;
      } finally {
        koffi.unregister(callback);
      }
      if (failure) throw failure.error;
      return result;
    },
    errno: () => errnoNames.get(koffi.errno()) ?? `errno ${koffi.errno()}`,
  };
}

/** No changes at all where time went by; changes without a name where there were too many. */
function changesIn([changes, count]: readonly unknown[]): readonly string[] {
  if (changes === null) return [];
  const told = koffi.decode(changes, koffi.array(Change, Number(count))) as readonly { path: string }[];
  return told.length === 0 ? [''] : told.map(({ path }) => path.replaceAll('\\', '/'));
}

/** Into a field of the library's, of this size. */
function putText(field: unknown, size: unknown, text: string): void {
  const bytes = new TextEncoder().encode(`${text}\0`);
  // A longer one was refused before; cut short, it would be another's.
  if (bytes.length <= Number(size)) new Uint8Array(koffi.view(field, bytes.length)).set(bytes);
}

/** Bytes that a socket received since it was opened; undefined where it is none of TCP. */
export function makeReceivedBytes(): (fd: number) => bigint | undefined {
  const libc = koffi.load('libc.so.6');
  const getsockopt = libc.func(
    'int getsockopt(int fd, int level, int name, void *value, _Inout_ uint32_t *size)',
  );
  return (fd) => {
    const info = new Uint8Array(TCP_INFO_BYTES);
    if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, info, [info.length]) !== 0) return undefined;
    return new DataView(info.buffer).getBigUint64(BYTES_RECEIVED_AT, true);
  };
}

/** tcp(7) and linux/tcp.h: `struct tcp_info`, `tcpi_bytes_received`. */
const IPPROTO_TCP = 6;
const TCP_INFO = 11;
const TCP_INFO_BYTES = 256;
const BYTES_RECEIVED_AT = 128;
