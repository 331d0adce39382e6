/** By their names; the server looks at what is in them. */
const AUDIO =
  /\.(?:flac|mp3|m4a|m4b|mp4|aac|ogg|oga|opus|wav|wave|aif|aiff|aifc|wv|ape|mpc|wma|dsf|dff|mka|webm|tta)$/i;

export function isMusic({ name, type }: Pick<File, 'name' | 'type'>): boolean {
  return AUDIO.test(name) || type.startsWith('audio/');
}

export function holdsFiles(transfer: DataTransfer | null): transfer is DataTransfer {
  return transfer?.types.includes('Files') ?? false;
}

/** All files of a drop, those in folders too. Must be called while the event is handled: afterwards it holds nothing. */
export function droppedFiles({ items, files }: DataTransfer): Promise<File[]> {
  const entries = [...items].map((item) => item.webkitGetAsEntry()).filter((entry) => entry !== null);
  // What another program made up has no entries.
  if (entries.length < files.length) return Promise.resolve([...files]);
  return filesBelow(entries);
}

async function filesBelow(entries: readonly FileSystemEntry[]): Promise<File[]> {
  const found: File[] = [];
  const open = [...entries];
  for (let entry = open.shift(); entry; entry = open.shift()) {
    if (entry.isFile) found.push(await fileOf(entry as FileSystemFileEntry));
    else open.unshift(...(await childrenOf(entry as FileSystemDirectoryEntry)));
  }
  return found;
}

function fileOf(entry: FileSystemFileEntry): Promise<File> {
  return new Promise((resolve, reject) => entry.file(resolve, reject));
}

/** A browser answers a hundred at a time, and none at the end. */
async function childrenOf(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader();
  const children: FileSystemEntry[] = [];
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (some.length === 0) return children.toSorted((a, b) => (a.name < b.name ? -1 : 1));
    children.push(...some);
  }
}
