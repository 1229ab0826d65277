/** The read models cannot be continued by this process; the message says what to do. */
export class ProjectorStopped extends Error {
  override readonly name = 'ProjectorStopped';
}
