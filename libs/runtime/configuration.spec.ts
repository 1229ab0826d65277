import { ConfigurationError, loadConfiguration } from './configuration';

const DATABASE_URL = 'postgres://luodi:secret@localhost:5432/luodi';

describe('loadConfiguration', () => {
  it('fills in what is not said', () => {
    expect(loadConfiguration({ DATABASE_URL })).toEqual({
      databaseUrl: DATABASE_URL,
      eventStore: 'postgres',
      programme: 'deploy/programmes/xinjiang-aid.json',
      host: '127.0.0.1',
      port: 3000,
      auth: 'token',
      logLevel: 'info',
      logFormat: 'json',
    });
  });

  it('takes what is said, and an empty variable for a missing one', () => {
    const configuration = loadConfiguration({ DATABASE_URL, PORT: '0', AUTH: 'local', HOST: '', LOG_FORMAT: 'pretty' });
    expect(configuration).toMatchObject({ port: 0, auth: 'local', host: '127.0.0.1', logFormat: 'pretty' });
  });

  it.each([
    'postgres://postgres:password@127.0.0.1:40123/test_0a',
    'postgresql://user@[::1]/luodi',
    'postgres://db.internal/luodi?sslmode=require',
    'postgres:///luodi?host=/var/run/postgresql',
    'postgres://user:pa%40ss@db/luodi',
  ])('accepts the address %s', (url) => {
    expect(loadConfiguration({ DATABASE_URL: url }).databaseUrl).toBe(url);
  });

  it('names every wrong variable at once, and shows no password', () => {
    const load = () =>
      loadConfiguration({ DATABASE_URL: 'mysql://root:hunter2@db', PORT: '80x', AUTH: 'none', LOG_LEVEL: 'loud' });
    expect(load).toThrow(ConfigurationError);
    expect(load).toThrow(
      /DATABASE_URL must be an address[^]*PORT must be[^]*AUTH must be one of token, local[^]*LOG_LEVEL/,
    );
    expect(load).not.toThrow(/hunter2/);
  });

  it.each(['luodi.example', 'https://luodi.example/', 'https://luodi.example/?a', 'https://'])(
    'refuses the public address %s',
    (PUBLIC_URL) => {
      expect(() => loadConfiguration({ DATABASE_URL, PUBLIC_URL })).toThrow(/PUBLIC_URL must be an address/);
    },
  );

  it('says that the database is missing', () => {
    expect(() => loadConfiguration({})).toThrow(/DATABASE_URL is missing: it must be/);
  });
});
