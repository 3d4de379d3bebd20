/** The package has no types of its own. */
declare module 'eventsource' {
  import type { EventSourceClass } from '@org/hub-testing';

  const EventSource: EventSourceClass;
  export default EventSource;
}
