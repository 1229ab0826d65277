import { exampleFacts } from '../../libs/topics/example-life';
import { PROJECT_EVENTS } from '../../libs/topics/project-events.topic';
import { messagesOf } from '../../libs/topics/topics';
import { readNotice } from './notice';

const ORIGIN = { source: '/luodi/xinjiang-aid', publicUrl: 'https://luodi.example', storeId: 'postgres:example' };
const published = exampleFacts()
  .flatMap((fact) => messagesOf(fact, ORIGIN))
  .filter(({ topic }) => topic === PROJECT_EVENTS.name);
const value = (text: string) => ({ value: Buffer.from(text) });

describe('notice', () => {
  it('can be read from every message of the topic', () => {
    const notices = published.map((message) => readNotice(value(message.value)));
    expect(new Set(notices.map(({ type }) => type))).toEqual(new Set(PROJECT_EVENTS.messages.map(({ type }) => type)));
    expect(notices.map(({ revision }) => Number(revision))).toEqual(published.map((_, index) => index));
    expect(notices[0]).toMatchObject({
      project: published[0]?.key,
      programme: 'xinjiang-aid',
      prefecture: '650200',
      body: published[0]?.value,
    });
  });

  it('tells of a backfill when it was really written', () => {
    const event = { ...(JSON.parse(published[0]?.value ?? '') as object), recordedtime: '2026-01-02T03:04:05.678Z' };
    expect(readNotice(value(JSON.stringify(event))).writtenAt).toBe('2026-01-02T03:04:05.678Z');
  });

  it.each([
    ['no value', null, 'no value'],
    ['no JSON', Buffer.from('{"id":'), 'no JSON'],
    ['broken UTF-8', Buffer.from([0x22, 0xff, 0x22]), 'UTF-8'],
    ['another kind of message', Buffer.from('{"id":"1"}'), 'no event'],
    ['a list', Buffer.from('[]'), 'no event'],
    ['a NUL, which PostgreSQL cannot hold', withChange({ type: 'a\0b' }), '/type'],
    ['a time that is none', withChange({ time: 'yesterday' }), '/time'],
  ])('refuses %s', (_, bytes, why) => {
    expect(() => readNotice({ value: bytes })).toThrow(why);
  });
});

function withChange(change: object): Buffer {
  return Buffer.from(JSON.stringify({ ...(JSON.parse(published[0]?.value ?? '') as object), ...change }));
}
