/** What the worker takes of its global scope. TypeScript's library of it does not go with that of a page. */
export interface WorkerScope {
  readonly registration: {
    /** The address that Clef is served under, with a slash at its end. */
    readonly scope: string;
    /** Absent in some browsers. */
    readonly navigationPreload?: { enable(): Promise<void> };
  };
  readonly clients: {
    claim(): Promise<void>;
    /** Undefined for a window that is gone. */
    get(id: string): Promise<WorkerClient | undefined>;
  };
  skipWaiting(): Promise<void>;
  addEventListener(kind: 'install' | 'activate', listener: (event: LifeEvent) => void): void;
  addEventListener(kind: 'message', listener: (event: MessageFromPage) => void): void;
  addEventListener(kind: 'fetch', listener: (event: RequestEvent) => void): void;
}

/** A window that this worker answers. */
export interface WorkerClient {
  postMessage(message: unknown, transfer: readonly MessagePort[]): void;
}

export interface LifeEvent {
  waitUntil(work: Promise<unknown>): void;
}

export interface MessageFromPage extends LifeEvent {
  readonly data: unknown;
}

export interface RequestEvent extends LifeEvent {
  /** Of the window that asks; empty while it is still being opened. */
  readonly clientId: string;
  readonly request: Request;
  /** Of a page alone, sent while the worker was still starting. */
  readonly preloadResponse?: Promise<Response | undefined>;
  respondWith(answer: Promise<Response>): void;
}
