import { column, Table } from './shape';

/** Streams whose events wait. Part of a generation: another version may well be able to project them. */
export const PARKED: Table = {
  name: 'parked',
  comment: '暂停投影的数据流 · Streams whose events cannot be projected',
  columns: {
    stream: column('text', '数据流', 'Stream'),
    revision: column('integer', '首个等待的事件版本号', 'Revision of the first event that waits'),
    position: column('text', '首个等待的事件位置', 'Position of the first event that waits'),
    error: column('text', '错误', 'Why it could not be projected'),
    parked_at: column('timestamptz', '暂停时间', 'Since when'),
    waiting: column('integer', '等待的事件数', 'Events that wait, the failing one among them'),
  },
  primaryKey: ['stream'],
  indexes: [],
};

/** A row of {@link PARKED}. */
export interface ParkedRow {
  stream: string;
  revision: number;
  position: string;
  error: string;
  parked_at: string;
  waiting: number;
}
