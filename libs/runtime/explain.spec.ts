import { ConfigurationError } from './configuration';
import { explain } from './explain';
import { CannotListen } from './http-server';

const coded = (message: string, code: string) => Object.assign(new Error(message), { code });

it.each<[string, unknown, RegExp]>([
  ['a port in use', new CannotListen('port 3000 is in use'), /^port 3000 is in use$/],
  ['a wrong variable', new ConfigurationError(['PORT: a number']), /^the configuration is wrong:\n {2}PORT: a number$/],
  ['no database', new AggregateError([coded('connect', 'ECONNREFUSED')]), /^no PostgreSQL answers at DATABASE_URL/],
  [
    'one that is starting',
    coded('starting up', '57P03'),
    /^the PostgreSQL at DATABASE_URL cannot be reached: starting up$/,
  ],
  ['the same, wrapped', new Error('x', { cause: coded('full', '53100') }), /^the disk of PostgreSQL is full/],
  ['what nobody expects, with its stack', new TypeError('x is not a function'), /x is not a function\n +at /],
])('explains %s', (_, error, said) => {
  expect(explain(error)).toMatch(said);
});
