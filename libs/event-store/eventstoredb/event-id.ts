import { v5 } from 'uuid';

/** Made once for this purpose; changing it would change the id of an append that is being retried. */
const NAMESPACE = '6a1f6c1e-3f0f-5c64-9b57-1f0f6f5f6d0e';

/**
 * Id of the event that is the `index`-th of a command in a stream: the same whenever the command is tried again, so that
 * EventStoreDB knows a repeated append. The stream is part of it, for one key may be used with several projects.
 */
export function eventIdOf(stream: string, commandId: string, index: number): string {
  return v5(JSON.stringify([stream, commandId, index]), NAMESPACE);
}
