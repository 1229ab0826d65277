import { createDatabase } from '../../../test/support/database';
import { createPool, Pool } from '../../postgres/pool';
import { TokenIdentity } from './token-identity';
import { createToken, InvalidToken, listTokens, migrateIdentity, NewToken, revokeToken } from './tokens';

const CLERK: NewToken = {
  subject: 'u-17',
  name: '张三',
  unit: '市商务局',
  role: 'clerk',
  prefectures: ['650200', '650200'],
};

let database: { url: string; drop: () => Promise<void> };
let pool: Pool;

beforeAll(async () => {
  database = await createDatabase();
  await migrateIdentity(database.url);
  await migrateIdentity(database.url);
  pool = createPool(database.url);
});

afterAll(async () => {
  await pool.end();
  await database.drop();
});

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const refused = { detail: { status: 401, code: 'token-refused' } };

describe('tokens', () => {
  it('are shown once and stored as a hash', async () => {
    const { id, token } = await createToken(pool, CLERK);
    expect(token).toMatch(/^luodi_[0-9a-f]{16}_[\w-]{43}$/);
    const { rows } = await pool.query<{ row: string }>(
      'SELECT tokens::text AS row FROM identity.tokens WHERE id = $1',
      [id],
    );
    const secret = token.slice(-43);
    expect(rows[0]?.row).not.toContain(secret);
    expect(rows[0]?.row).not.toContain(Buffer.from(secret).toString('hex'));
    expect(rows[0]?.row).not.toContain(Buffer.from(secret, 'base64url').toString('hex'));
  });

  it('are listed, the newest first, without a secret', async () => {
    const { id } = await createToken(pool, { ...CLERK, subject: 'newest' });
    const [newest] = await listTokens(pool);
    const createdAt = expect.stringMatching(/^\d{4}-.*Z$/);
    expect(newest).toEqual({ ...CLERK, prefectures: ['650200'], subject: 'newest', id, createdAt });
  });

  it('tell who somebody is', async () => {
    const { token } = await createToken(pool, CLERK);
    expect(await new TokenIdentity(pool).identify(bearer(token))).toEqual({
      actor: { subject: 'u-17', name: '张三', role: 'clerk', unit: '市商务局' },
      prefectures: ['650200'],
    });
  });

  it('are revoked once, at once for who has not asked before', async () => {
    const { id, token } = await createToken(pool, CLERK);
    expect(await revokeToken(pool, id)).toBe(true);
    expect(await revokeToken(pool, id)).toBe(false);
    expect(await revokeToken(pool, 'unknown')).toBe(false);
    await expect(new TokenIdentity(pool).identify(bearer(token))).rejects.toMatchObject(refused);
    expect((await listTokens(pool)).find((listed) => listed.id === id)?.revokedAt).toMatch(/Z$/);
  });

  it('are believed for five seconds, and not a moment longer', async () => {
    let now = 1_000_000;
    const identity = new TokenIdentity(pool, () => now);
    const { id, token } = await createToken(pool, CLERK);
    await identity.identify(bearer(token));
    await revokeToken(pool, id);
    now += 4_999;
    await expect(identity.identify(bearer(token))).resolves.toBeDefined();
    now += 1;
    await expect(identity.identify(bearer(token))).rejects.toMatchObject(refused);
  });

  it('cost one query for many requests at once, none for what is no token', async () => {
    const { token } = await createToken(pool, CLERK);
    let queries = 0;
    const counted = {
      query: (...all: Parameters<Pool['query']>) => ((queries += 1), pool.query(...all)),
    } as unknown as Pool;
    const identity = new TokenIdentity(counted);
    await Promise.all(Array.from({ length: 50 }, () => identity.identify(bearer(token))));
    for (const text of ['', 'luodi_', 'luodi_x_y', `${token}x`, token.toUpperCase()]) {
      await expect(identity.identify(bearer(text))).rejects.toMatchObject(refused);
    }
    expect(queries).toBe(1);
  });

  it('that were looked for in vain are looked for again', async () => {
    const away = new Error('the database is away');
    let isAway = true;
    const broken = {
      query: (...all: Parameters<Pool['query']>) => (isAway ? Promise.reject(away) : pool.query(...all)),
    } as unknown as Pool;
    const identity = new TokenIdentity(broken);
    const { token } = await createToken(pool, CLERK);
    await expect(identity.identify(bearer(token))).rejects.toBe(away);
    isAway = false;
    await expect(identity.identify(bearer(token))).resolves.toBeDefined();
  });

  it.each<[string, Partial<NewToken>]>([
    ['a clerk of nowhere', { prefectures: [] }],
    ['a service with prefectures', { role: 'service' }],
    ['a nameless one', { name: ' ' }],
    ['another role', { role: 'king' as never }],
  ])('are not made for %s', async (_, over) => {
    await expect(createToken(pool, { ...CLERK, ...over })).rejects.toThrow(InvalidToken);
  });
});
