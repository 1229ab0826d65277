import { Static, Type } from '@sinclair/typebox';
import { text } from './public-values';

/** Where the notifier tells what it has given up. Not the relay's: the notifier makes it. */
export const DEAD_LETTER_TOPIC = 'luodi.project-events.notifier.dlq';

/** Why a message is there. All are texts. */
export const deadLetterHeaders = Type.Object({
  'dead-letter-id': text('The same when a letter comes twice, and for `luodi dlq retry`.'),
  'dead-letter-reason': text('What went wrong last.'),
  'dead-letter-attempts': text('How often it was tried, in decimal digits.'),
  'dead-letter-subscription': Type.Optional(text('Id of the subscription that it was for.')),
  'dead-letter-place': Type.Optional(text('Where a message stands that cannot be read: `topic/partition@offset`.')),
  'dead-letter-omitted-bytes': Type.Optional(
    text('The value was too large for this topic, and is missing: its length in decimal digits.'),
  ),
});
export type DeadLetterHeaders = Static<typeof deadLetterHeaders>;
