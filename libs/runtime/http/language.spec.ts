import { preferredLanguage } from './language';

describe('preferredLanguage', () => {
  it.each([
    [undefined, 'en'],
    ['', 'en'],
    ['zh', 'zh'],
    ['zh-CN,zh;q=0.9,en;q=0.8', 'zh'],
    ['en-GB,en;q=0.9,zh;q=0.8', 'en'],
    ['de-DE, zh;q=0.5, en;q=0.4', 'zh'],
    ['zh;q=0, en;q=0.1', 'en'],
    ['fr, *', 'en'],
    ['zh;q=much', 'en'],
  ])('of %s is %s', (header, language) => {
    expect(preferredLanguage(header)).toBe(language);
  });
});
