import { asyncApi } from './asyncapi';
import { channelDifferences } from './channel-compatibility';
import { AsyncApi, EXAMPLE_ORIGIN, publishedAsyncApi } from './published';

const EVENTS = 'luodi.project-events.v1';
const STATES = 'luodi.project-states.v1';
const LANDED = 'luodi.project-landed.v1';

/** The document with something changed, as it was published before. */
function changed(change: (document: AsyncApi) => void): string[] {
  const [before, now] = [asyncApi(EXAMPLE_ORIGIN), asyncApi(EXAMPLE_ORIGIN)].map(
    (document) => JSON.parse(JSON.stringify(document)) as AsyncApi,
  ) as [AsyncApi, AsyncApi];
  change(now);
  return channelDifferences(before, now);
}

describe('a change of the topics', () => {
  it('is none where there is none, or one is new', () => {
    expect(changed(() => undefined)).toEqual([]);
    expect(
      changed(({ channels }) => (channels['luodi.new.v1'] = { ...channels[STATES]!, address: 'luodi.new.v1' })),
    ).toEqual([]);
  });

  it('is noticed where one is gone, or is elsewhere', () => {
    expect(changed(({ channels }) => delete channels[STATES])).toEqual([`${STATES}: removed`]);
    expect(changed(({ channels }) => (channels[STATES]!.address = 'other'))).toEqual([
      `${STATES}: address was "${STATES}", is "other"`,
    ]);
  });

  it('is noticed where a message is told by another topic', () => {
    const moved = changed(({ channels }) => {
      channels[STATES]!.messages[LANDED] = channels[EVENTS]!.messages[LANDED];
      delete channels[EVENTS]!.messages[LANDED];
    });
    expect(moved).toEqual([`${EVENTS}: no longer tells ${LANDED}`]);
  });

  it('is none where a message has a higher version in the same topic', () => {
    const replaced = changed(({ channels }) => {
      channels[EVENTS]!.messages['luodi.project-landed.v2'] = {};
      delete channels[EVENTS]!.messages[LANDED];
    });
    expect(replaced).toEqual([]);
  });

  it('is noticed where the key is another one, or events are compacted away', () => {
    expect(
      changed(({ components }) => (components.messages[LANDED]!.bindings.kafka.key = { description: 'Investor.' })),
    ).toEqual([expect.stringMatching(/^luodi.project-landed.v1: key was .*is .*Investor/)]);
    expect(
      changed(({ channels }) => (channels[EVENTS]!.bindings.kafka.topicConfiguration['cleanup.policy'] = ['compact'])),
    ).toEqual([`${EVENTS}: cleanup.policy was ["delete"], is ["compact"]`]);
  });
});

it('the topics have no change that readers would notice', () => {
  expect(channelDifferences(publishedAsyncApi(), asyncApi(EXAMPLE_ORIGIN) as unknown as AsyncApi)).toEqual([]);
});
