import { ProjectPage } from '../../libs/read-models/projects.query';
import { Answer, Recorded, startWholeApi, WholeApi } from '../../test/support/whole-api';

let api: WholeApi;

beforeAll(async () => {
  api = await startWholeApi();
});
afterAll(() => api.stop());

function propose(over: Record<string, unknown>): Promise<Recorded> {
  const basis = { occurredOn: '2024-03-01', title: '项目', investor: '某公司', origin: '310000', prefecture: '650200' };
  return api.post('/projects', { ...basis, ...over });
}

test.each(['title', 'code', '-title'])('pages by %s go on past the longest there can be', async (sort) => {
  const longest = ['"', '\\', '𠮷', '中', 'a'].map((letter) => letter.repeat(500));
  const prefecture = { title: '650400', code: '650500', '-title': '653000' }[sort];
  const texts = (text: string, index: number) =>
    sort === 'code' ? { code: text } : { title: text, code: `${sort}-${index}` };
  let after = '';
  for (const [index, text] of longest.entries()) {
    ({ position: after } = await propose({ ...texts(text, index), prefecture }));
  }
  const seen: unknown[] = [];
  for (let next: string | null = ''; next !== null;) {
    const cursor: string = next && `&cursor=${next}`;
    const path = `/projects?prefecture=${prefecture}&sort=${sort}&limit=1&after=${after}${cursor}`;
    const { status, body }: Answer<ProjectPage> = await api.get(path);
    expect(status).toBe(200);
    seen.push(...body.items.map((item) => item[sort === 'code' ? 'code' : 'title']));
    ({ next } = body);
  }
  expect(seen.toSorted()).toEqual(longest.toSorted());
});

test.each(['xlsx', 'csv'])('HEAD of an export as %s claims no length, for nobody knows it yet', async (format) => {
  const response = await fetch(`${api.url}/api/v1/exports/projects.${format}`, { method: 'HEAD' });
  expect([response.status, response.headers.get('content-length')]).toEqual([200, null]);
  expect(response.headers.get('content-disposition')).toContain(`.${format}"`);
});

describe('searched for', () => {
  let after: string;
  beforeAll(async () => {
    await propose({ title: 'café 光伏（一期）', code: 'ＳＥ－１', investor: 'ÉCLAIR [新] 能源', prefecture: '650100' });
    ({ position: after } = await propose({ title: '风电 100%_\\', prefecture: '650100' }));
  });

  test.each([
    ['café', 1],
    ['cafe\u0301', 1],
    [' café ', 1],
    ['CAFÉ', 1],
    ['éclair [新]', 1],
    ['éclair .新.', 0],
    ['ＳＥ－１', 1],
    ['se-1', 1],
    ['（一期）', 1],
    ['光伏', 1],
    ['100%_\\', 1],
    ['0%_', 1],
    ['1%\\', 0],
    ['\u200d', 0],
    ['***:.', 0],
    [' ', 2],
    ['\u200b', 2],
  ])('%j finds %i', async (q, total) => {
    const path = `/projects?prefecture=650100&after=${after}&q=${encodeURIComponent(q)}`;
    expect((await api.get<ProjectPage>(path)).body.total).toBe(total);
  });
});
