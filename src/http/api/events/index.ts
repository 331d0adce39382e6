export { createEventHub, type EventHub } from './event-hub.ts';
export { eventsRoute } from './events-route.ts';
export { type NewsSources, tellNews } from './news.ts';
