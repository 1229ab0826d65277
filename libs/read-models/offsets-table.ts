import { column, optional, Table } from './shape';

/** How far each partition has been projected, where the events come from topics. Part of a generation, as its checkpoint is. */
export const OFFSETS: Table = {
  name: 'offsets',
  comment: '各主题分区的投影进度 · How far each partition of the topics has been projected',
  columns: {
    topic: column('text', '主题', 'Topic'),
    partition: column('integer', '分区', 'Partition'),
    next: column('bigint', '下一条消息的偏移量', 'Offset of the first message that is not projected'),
    position: optional(
      'text',
      '该分区已投影到的位置',
      'Everything up to this position that is in the partition is projected',
    ),
  },
  primaryKey: ['topic', 'partition'],
  indexes: [],
};
