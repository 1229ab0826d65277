import { PRODUCER } from './start-notifier';

test('the producer of dead letters has no sequence that a broker which died could leave out of order', () => {
  expect(PRODUCER.idempotent).toBe(false);
});
