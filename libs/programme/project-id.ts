import { v5 } from 'uuid';
import { normalCode } from '../project/normal-text';

/** Namespace of all programmes. Never change it: every id of a project with a code depends on it. */
const LUODI = '59e5973f-b51b-469c-af82-790b5e9ee1ec';

/** Id of the project that a code names in a programme: the same for ever and everywhere, however the code is written. */
export function projectId(programmeId: string, code: string): string {
  return v5(normalCode(code), v5(programmeId, LUODI));
}

/** Id of a project without a code: a proposal that is sent again finds what it made the first time. */
export function projectIdOfCommand(programmeId: string, subject: string, commandId: string): string {
  return v5(JSON.stringify([subject, commandId]), v5('commands', v5(programmeId, LUODI)));
}
