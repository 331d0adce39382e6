import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Gate } from '../gate.ts';
import type { EventHub } from './event-hub.ts';

export interface EventsRouteDeps {
  readonly gate: Gate;
  readonly hub: EventHub;
  /** Its answer lasts for hours, which is no time that it took. */
  readonly leaveOut: (request: FastifyRequest) => void;
}

/** `GET /events`: server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html). */
export function eventsRoute(scope: FastifyInstance, { gate, hub, leaveOut }: EventsRouteDeps): void {
  scope.get('/events', async (request, reply) => {
    const viewer = await gate.admit(request, reply, { method: 'GET', access: 'session' });
    if (!viewer) return;
    leaveOut(request);
    const { raw } = reply;
    const setCookie = reply.getHeader('set-cookie');
    reply.hijack();
    raw.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'cross-origin-resource-policy': 'same-origin',
      // A proxy that gathers an answer before it passes it on would hold every event back.
      'x-accel-buffering': 'no',
      ...(setCookie !== undefined && { 'set-cookie': setCookie as string | string[] }),
    });
    const stream = hub.open(viewer, {
      write: (text) => raw.write(text),
      end: () => raw.end(),
    });
    raw.on('drain', () => stream.resume());
    raw.once('close', () => stream.forget());
  });
}
