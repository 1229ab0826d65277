import { readFileSync } from 'node:fs';
import { checkFacts } from './profile-facts';
import { checkForm, ProfileProblem } from './profile-schema';
import { ProgrammeProfile } from './profile';

/** A profile that cannot be used, with all that is wrong with it. */
export class ProfileError extends Error {
  override readonly name = 'ProfileError';
  constructor(
    readonly file: string,
    readonly problems: readonly ProfileProblem[],
    options?: ErrorOptions,
  ) {
    const lines = problems.map(({ path, text }) => `  ${path === '' ? '' : `${path}: `}${text}`);
    super(`the programme profile ${file} is wrong:\n${lines.join('\n')}`, options);
  }
}

/** Reads and checks a programme profile. @throws ProfileError */
export function loadProfile(file: string): ProgrammeProfile {
  let content: string;
  try {
    content = readFileSync(file, 'utf8');
  } catch (error) {
    throw new ProfileError(file, [{ path: '', text: `cannot be read: ${(error as Error).message}` }], { cause: error });
  }
  return parseProfile(content, file);
}

/** The profile in a JSON text; `file` is what errors call it. @throws ProfileError */
export function parseProfile(content: string, file: string): ProgrammeProfile {
  let value: unknown;
  try {
    value = JSON.parse(content.replace(/^\uFEFF/, ''));
  } catch (error) {
    throw new ProfileError(file, [{ path: '', text: `is no JSON: ${(error as Error).message}` }], { cause: error });
  }
  const { problems, isShaped } = checkForm(value);
  const all = isShaped ? [...problems, ...checkFacts(value as ProgrammeProfile)] : problems;
  if (all.length > 0) throw new ProfileError(file, all);
  return value as ProgrammeProfile;
}
