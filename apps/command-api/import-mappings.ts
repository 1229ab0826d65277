import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { loadMapping, RegisterMapping } from '../../libs/ledger/mapping';

/** Relative to the working directory, as the programme profiles are. */
const FOLDER = 'deploy/mappings';

/** The mapping of a register by its id; undefined when there is none. @throws MappingError when its file is wrong */
export async function findMapping(id: string): Promise<RegisterMapping | undefined> {
  const path = join(FOLDER, `${id}.json`);
  if (!/^[a-z0-9][a-z0-9-]*$/.test(id) || !existsSync(path)) return undefined;
  return loadMapping(path);
}
