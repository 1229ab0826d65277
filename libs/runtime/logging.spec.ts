import { loadConfiguration } from './configuration';
import { createLog } from './logging';

it('hides every secret of the configuration that somebody hands over', () => {
  const lines: string[] = [];
  const configuration = loadConfiguration({
    DATABASE_URL: 'postgres://luodi:hunter2@db/luodi',
    EVENTSTOREDB_URL: 'esdb://luodi:hunter2@events:2113',
    KAFKA_TLS: 'true',
    KAFKA_TLS_KEY_PASSWORD: 'hunter2',
    KAFKA_SASL_MECHANISM: 'OAUTHBEARER',
    KAFKA_SASL_USERNAME: 'luodi',
    KAFKA_SASL_PASSWORD: 'hunter2',
    KAFKA_SASL_TOKEN_URL: 'https://id.example/token',
    KAFKA_SASL_CLIENT_ID: 'luodi',
    KAFKA_SASL_CLIENT_SECRET: 'hunter2',
  });
  const log = createLog(configuration, { write: (line: string) => void lines.push(line) });
  log.info(configuration, 'at the top');
  log.info({ configuration }, 'one below');
  expect(lines).toHaveLength(2);
  expect(lines.join()).not.toContain('hunter2');
});
