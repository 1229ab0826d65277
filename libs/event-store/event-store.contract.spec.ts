import { MemoryEventStore, newMemory } from '../../test/support/memory-event-store';
import { describeEventStore } from './event-store.contract';

// The tests of what stands on an event store use this one, so it must behave as the real ones do.
const memory = newMemory();
describeEventStore('the event store in memory', async () => new MemoryEventStore(memory));
