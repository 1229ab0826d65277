const PATTERN = /^[a-z0-9](?:[a-z0-9-]{1,58})[a-z0-9]$/;

/** Whether the text can name a conference (`karamay-2024`): 3 to 60 lower case letters, digits and hyphens, no hyphen at an end. */
export function isConferenceId(text: string): boolean {
  return PATTERN.test(text);
}
