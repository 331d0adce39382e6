/** One connection of messages. What is sent before it is open, or after it has closed, is lost. */
export interface Socket {
  send(text: string): void;
  close(): void;
}

export interface SocketEvents {
  onOpen(): void;
  onText(text: string): void;
  /** Once, also where it never opened. */
  onClose(): void;
}

export type OpenSocket = (events: SocketEvents) => Socket;

/** A WebSocket to an address, as browsers have it. */
export function webSocketTo(address: string | URL): OpenSocket {
  return (events) => {
    const socket = new WebSocket(address);
    socket.addEventListener('open', () => events.onOpen());
    socket.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
      if (typeof data === 'string') events.onText(data);
    });
    socket.addEventListener('close', () => events.onClose());
    return {
      send: (text) => {
        if (socket.readyState === WebSocket.OPEN) socket.send(text);
      },
      close: () => socket.close(),
    };
  };
}
