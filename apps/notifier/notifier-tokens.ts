/** Nest tokens of the notifier's own parts. */
export const NOTIFIER_POOL = Symbol('NOTIFIER_POOL');
export const NOTIFIER_SETTINGS = Symbol('NOTIFIER_SETTINGS');
