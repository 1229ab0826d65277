declare module 'pg-copy-streams' {
  import { Writable } from 'node:stream';
  import { Connection, Submittable } from 'pg';

  /** A statement `COPY … FROM STDIN` that is written to. */
  export function from(sql: string): Writable & Submittable & { submit(connection: Connection): void };
}
