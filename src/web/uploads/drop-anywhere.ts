import { droppedFiles, holdsFiles, isMusic } from './dropped-files.ts';

export interface DropParts {
  /** What the veil says. */
  readonly text: () => string;
  readonly mayUpload: () => boolean;
  /** Goes to the page that shows them. */
  readonly showUploads: () => void;
  readonly nothingFound: () => void;
}

/** Takes files that are dropped anywhere on the window; a veil says so while they hover over it. */
export function takeDrops({ text, mayUpload, showUploads, nothingFound }: DropParts): void {
  let veil: HTMLElement | undefined;
  const hide = () => {
    veil?.remove();
    veil = undefined;
  };
  const accepts = (event: DragEvent) => holdsFiles(event.dataTransfer) && mayUpload();

  addEventListener('dragover', (event) => {
    if (!accepts(event)) return;
    event.preventDefault();
    if (veil) return;
    veil = document.createElement('div');
    veil.className = 'drop-veil';
    veil.textContent = text();
    document.body.append(veil);
  });
  addEventListener('dragleave', (event) => {
    // Into another window, or out of the browser; all others are from one part of the page to the next.
    if (event.relatedTarget === null) hide();
  });
  addEventListener('drop', (event) => {
    const transfer = event.dataTransfer;
    if (!accepts(event) || !transfer) return;
    event.preventDefault();
    hide();
    const taking = droppedFiles(transfer);
    void (async () => {
      const files = (await taking).filter((file) => isMusic(file));
      if (files.length === 0) return nothingFound();
      const { uploads } = await import('./uploads.ts');
      uploads.add(files);
      showUploads();
    })();
  });
}
