import { v5 } from 'uuid';

/** Made once for this purpose; changing it would change the id of an append that is being retried. */
const NAMESPACE = '6a1f6c1e-3f0f-5c64-9b57-1f0f6f5f6d0e';

/**
 * Id under which EventStoreDB keeps an event of this hash. When it finds the ids of an append where the append belongs, it
 * takes it for a repetition without looking at what it says: so nothing but the same event at the same place, which the hash
 * covers, may have the same id. What readers know as an event's id is in its metadata.
 */
export function recordIdOf(hash: string): string {
  return v5(hash, NAMESPACE);
}
