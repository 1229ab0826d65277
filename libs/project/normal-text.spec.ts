import fc from 'fast-check';
import { normalCode, normalText, normalTexts } from './normal-text';

const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({
    unit: fc.constantFrom(
      ...['e', '\u0301', '\u3000', ' ', '\r', '\n', '\ufeff', '\u200d', 'Ａ', '－', '¨', 'ﷺ', '가'],
    ),
  }),
);

test.each([
  ['blanks around it, the ideographic one too', '\u3000 市商务局\u00a0\n', '市商务局'],
  ['a letter and its accent', 'Cafe\u0301', 'Café'],
  ['the line ends of others', '一\r\n二\r三', '一\n二\n三'],
  ['what has no shape, and pages leave behind', '\ufeff上\u200b海\u2060某公\u00ad司\u200e\u202c\u2069', '上海某公司'],
  ['what has no shape between a letter and its accent', 'Cafe\u200b\u0301', 'Café'],
  ['what has no shape, and stands alone', ' \u200b \u2066', ''],
  ['nothing else: full width may be meant', 'Ａ（甲）', 'Ａ（甲）'],
  ['nothing that shapes its neighbours', '👩\u200d🌾 می\u200cخواهم', '👩\u200d🌾 می\u200cخواهم'],
])('a text loses %s', (_, written, expected) => expect(normalText(written)).toBe(expected));

test('a code is the same in full width and with blanks around it, and not in small letters', () => {
  expect(['A-1', 'A-1 ', '\u3000Ａ－１', 'A\u200b-1\ufeff'].map(normalCode)).toEqual(['A-1', 'A-1', 'A-1', 'A-1']);
  expect(normalCode('a-1')).toBe('a-1');
});

test('what is normal stays as it is', () => {
  fc.assert(
    fc.property(text, (written) => {
      expect(normalText(normalText(written))).toBe(normalText(written));
      expect(normalCode(normalCode(written))).toBe(normalCode(written));
      // A ledger has read a code as a text before it is taken for one.
      expect(normalCode(normalText(written))).toBe(normalCode(written));
    }),
    { examples: [['e\r\ufeff\ne'], ['e\r\u200d\ne']] },
  );
});

test('every text of a command is made normal, however deep, and only `code` as a code', () => {
  const evidence = [{ kind: ' 执照 ', reference: 'Ａ\u3000' }];
  expect(normalTexts({ code: ' Ａ', title: 'Ａ ', evidence, revision: 3, nothing: null })).toStrictEqual({
    code: 'A',
    title: 'Ａ',
    evidence: [{ kind: '执照', reference: 'Ａ' }],
    revision: 3,
    nothing: null,
  });
});
