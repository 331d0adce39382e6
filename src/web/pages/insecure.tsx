import { useMessages } from '../messages/use-messages.ts';

/** For plain HTTP from another machine: browsers refuse to decrypt there. */
export function InsecurePage() {
  const { insecure } = useMessages();
  const { port, pathname } = location;
  return (
    <main className="gate">
      <section className="gate-card">
        <img className="gate-mark" src="./icon.svg" alt="" width="56" height="56" />
        <h1 className="gate-title">{insecure.title}</h1>
        <p className="gate-lead">{insecure.why}</p>
        <p>{insecure.here}</p>
        <code className="code">{`http://localhost${port && `:${port}`}${pathname}`}</code>
        <p>{insecure.tls}</p>
        <code className="code">{insecure.command}</code>
      </section>
    </main>
  );
}
