/** The relay cannot go on by itself; the message says what to do. */
export class RelayStopped extends Error {
  override readonly name = 'RelayStopped';
}
