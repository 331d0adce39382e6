import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { sessionQuery } from '../data/queries.ts';
import { useStore } from '../data/store.ts';
import { useFormats, useMessages } from '../messages/use-messages.ts';
import { Icon } from '../parts/icon.tsx';
import { Notice } from '../parts/notice.tsx';
import { usePageTitle } from '../parts/use-page-title.ts';
import { tell } from '../shell/toasts.ts';
import { isMusic } from './dropped-files.ts';
import { UploadRow } from './upload-row.tsx';
import { totalOf } from './upload-queue.ts';
import { uploads } from './uploads.ts';

/** Chooses music, and shows what became of it. */
export function AddMusicPage() {
  const { uploads: words } = useMessages();
  const { data: session } = useQuery(sessionQuery);
  usePageTitle(words.title);
  return (
    <div className="page page-narrow">
      <header className="page-head">
        <h1 className="page-title">{words.title}</h1>
        {session?.mayUpload && <p className="page-facts">{words.lead}</p>}
      </header>
      {session && !session.mayUpload ? (
        <Notice icon="upload" title={words.notAllowedTitle} text={words.notAllowedText} />
      ) : (
        <>
          <Chooser />
          <UploadList />
        </>
      )}
    </div>
  );
}

function Chooser() {
  const { uploads: words } = useMessages();
  const files = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);

  function take({ currentTarget: input }: { currentTarget: HTMLInputElement }): void {
    const chosen = [...(input.files ?? [])].filter((file) => isMusic(file));
    if (chosen.length > 0) uploads.add(chosen);
    else tell(words.nothingFound);
    // So that the same file can be chosen again.
    input.value = '';
  }

  return (
    <div className="panel upload-chooser">
      <Icon name="upload" />
      <div className="panel-row">
        <button type="button" className="button button-primary" onClick={() => files.current?.click()}>
          {words.chooseFiles}
        </button>
        <button type="button" className="button" onClick={() => folder.current?.click()}>
          {words.chooseFolder}
        </button>
      </div>
      <input ref={files} type="file" multiple hidden aria-label={words.chooseFiles} onChange={take} />
      <input
        ref={(input) => {
          folder.current = input;
          // React knows it as no attribute.
          if (input) input.webkitdirectory = true;
        }}
        type="file"
        hidden
        aria-label={words.chooseFolder}
        onChange={take}
      />
    </div>
  );
}

function UploadList() {
  const { uploads: words } = useMessages();
  const items = useStore(uploads.items);
  useEffect(() => {
    void uploads.restore().catch(() => undefined);
  }, []);
  if (items.length === 0) return <Notice icon="albums" title={words.none} text={words.noneText} />;
  return (
    <section aria-label={words.list}>
      <Total />
      <ul className="panel uploads">
        {items.map((item) => (
          <UploadRow key={item.id} item={item} />
        ))}
      </ul>
    </section>
  );
}

function Total() {
  const { uploads: words } = useMessages();
  const { bytes, duration } = useFormats();
  const items = useStore(uploads.items);
  const { done, leftBytes } = totalOf(items);
  const pace = uploads.bytesPerSecond();
  const facts = [
    words.count(done, items.length),
    ...(pace === undefined || leftBytes === 0
      ? []
      : [words.pace(bytes(pace)), words.left(duration((leftBytes / pace) * 1_000))]),
  ];
  return (
    <div className="panel-head upload-total">
      <p className="page-facts" role="status">
        {facts.join(' · ')}
      </p>
      {done > 0 && (
        <button type="button" className="button" onClick={() => uploads.clear()}>
          {words.clear}
        </button>
      )}
    </div>
  );
}
