import fc from 'fast-check';
import { fromCents } from '../project/money';
import { readAmount } from './amount-cell';
import { readUnit } from './amount-unit';
import { readDate } from './date-cell';
import { disarm, rearm } from './disarm';
import { numberCell, plainDecimal, serialDate } from './number-cell';
import { readNumberFormat } from './number-format';
import { TableCell } from './table';
import { readAgreement, readIntent, readStatus } from './word-cell';

const cell = (text: string): TableCell => ({ kind: 'text', text });
const amount = (text: string, unit?: string) => {
  const read = readAmount(cell(text), 'CNY', unit === undefined ? undefined : readUnit(unit));
  return read.ok ? `${read.value.bound === 'at-least' ? '≥' : ''}${read.value.value}` : read.code;
};
const date = (text: string, order?: 'dmy' | 'mdy') => {
  const read = readDate(cell(text), order);
  return read.ok ? read.value : read.code;
};

describe('amounts', () => {
  it.each([
    ['5.2亿元', '520000000.00'],
    ['5.2 亿', '520000000.00'],
    ['52,000万元', '520000000.00'],
    ['３，０００．５万元', '30005000.00'],
    ['3亿5000万元', '350000000.00'],
    ['1.2万亿元', '1200000000000.00'],
    ['人民币 120 元', '120.00'],
    ['¥1,234.5', '1234.50'],
    ['RMB 5 million', '5000000.00'],
    ['12bn yuan', '12000000000.00'],
    ['0', '0.00'],
    ['007.10', '7.10'],
    ['1 234 567.5 元', '1234567.50'],
    ['3 亿 5000 万 元', '350000000.00'],
    ['1200余亿元', '≥120000000000.00'],
    ['1200亿余元', '≥120000000000.00'],
    ['1200多亿', '≥120000000000.00'],
    ['超过120亿元', '≥12000000000.00'],
    ['120亿元以上', '≥12000000000.00'],
    ['120亿+', '≥12000000000.00'],
    ['不低于5000万元', '≥50000000.00'],
    ['>= 5', '≥5.00'],
    ['≥120000000000.00', '≥120000000000.00'],
    ['over 12 bn', '≥12000000000.00'],
    ['not less than 5', '≥5.00'],
  ])('reads %s', (text, expected) => expect(amount(text)).toBe(expected));

  it.each([
    ['约5亿元', 'approximate-amount'],
    ['近120亿元', 'approximate-amount'],
    ['5亿左右', 'approximate-amount'],
    ['不超过5亿元', 'upper-bound'],
    ['5亿以内', 'upper-bound'],
    ['≤5亿', 'upper-bound'],
    ['-5', 'negative-amount'],
    ['(500)', 'negative-amount'],
    ['1.234', 'too-many-decimals'],
    ['0.00000000123亿元', 'too-many-decimals'],
    ['100万美元', 'wrong-currency'],
    ['$5', 'wrong-currency'],
    ['9'.repeat(19), 'amount-too-large'],
    ['1,23', 'not-an-amount'],
    ['12,34,567', 'not-an-amount'],
    ['5-8亿', 'not-an-amount'],
    ['3亿5', 'not-an-amount'],
    ['5000万3亿元', 'not-an-amount'],
    ['一百二十亿', 'not-an-amount'],
    ['亿元', 'not-an-amount'],
    ['1e5', 'not-an-amount'],
    ['1'.repeat(50_000) + 'x', 'not-an-amount'],
    ['5000\n3000', 'not-an-amount'],
    ['5000\n300', 'not-an-amount'],
    ['12 13', 'not-an-amount'],
    ['5 亿 3000 2000 万', 'not-an-amount'],
    ['1 234 56', 'not-an-amount'],
  ])('refuses %.20s', (text, code) => expect(amount(text)).toBe(code));

  it('takes the unit of the column where the cell has none', () => {
    expect(amount('5.2', '亿元')).toBe('520000000.00');
    expect(amount('1200余', '亿元')).toBe('≥120000000000.00');
    expect(amount('5.2', '元')).toBe('5.20');
    expect(amount('5000万', '亿元')).toBe('50000000.00');
    expect(amount('5元', '亿元')).toBe('5.00');
    expect(amount('5', '万美元')).toBe('wrong-currency');
  });

  it.each([
    ['5亿', '万美元', 'wrong-currency'],
    ['3亿5000万', '万美元', 'wrong-currency'],
    ['5亿余', 'million USD', 'wrong-currency'],
    ['≥5', '美元', 'wrong-currency'],
    ['5亿元', '万美元', '500000000.00'],
    ['5万美元', '亿元', 'wrong-currency'],
    ['¥5元', '万美元', '5.00'],
    ['¥5', '万元', 'unclear-scale'],
    ['RMB 5', '亿', 'unclear-scale'],
    ['人民币5万', '亿元', '50000.00'],
    ['人民币5元', '亿元', '5.00'],
    ['¥5', '元', '5.00'],
    ['$5', '万元', 'wrong-currency'],
  ])('takes %s in a column of %s for what both say', (text, unit, expected) => {
    expect(amount(text, unit)).toBe(expected);
  });

  it('looks at no more than an amount can be long, whatever it would be called', () => {
    const longest = `${'0'.repeat(98)}1元`;
    expect(amount(longest)).toBe('1.00');
    expect(amount(`0${longest}`)).toBe('not-an-amount');
    expect(amount(`(${'1'.repeat(32_000)}`)).toBe('not-an-amount');
    expect(amount(`约${'1'.repeat(32_000)}`)).toBe('not-an-amount');
    const read = readAmount(cell('1'.repeat(32_000)), 'CNY');
    expect(read.ok ? '' : read.text.en.length).toBeLessThan(250);
  });

  it('knows units', () => {
    expect(readUnit('单位：人民币万元')).toEqual({ exponent: 4, currency: 'CNY' });
    expect(readUnit('million GBP')).toEqual({ exponent: 6, currency: 'GBP' });
    expect(readUnit('亿')).toEqual({ exponent: 8 });
    expect(readUnit('企业名称')).toBeUndefined();
    expect(
      ['in millions of RMB', "RMB '000", 'CNY 100 million', '10,000 yuan'.replace(',', ''), '£m'].map(readUnit),
    ).toEqual([
      { exponent: 6, currency: 'CNY' },
      { exponent: 3, currency: 'CNY' },
      { exponent: 8, currency: 'CNY' },
      { exponent: 4, currency: 'CNY' },
      { exponent: 6, currency: 'GBP' },
    ]);
    // A footnote, a column's number, two currencies.
    expect(['m', 'b', '10', '1000', '美元人民币', ''].map(readUnit)).toEqual(Array(6).fill(undefined));
  });

  it('says what it has converted, and is silent where there is nothing to say', () => {
    const notes = ['5.2亿元', '1200余', '5.20', '≥5.20'].map((text) => {
      const read = readAmount(cell(text), 'CNY');
      return read.ok && read.note?.text.en;
    });
    expect(notes).toEqual([
      '"5.2亿元" is read as CNY 520000000.00',
      '"1200余" is read as ≥ CNY 1200.00',
      undefined,
      undefined,
    ]);
  });

  it('is exact: any amount of hundredths, written in any unit, comes back', () => {
    const scales = [
      ['元', 0],
      ['千元', 3],
      ['万元', 4],
      ['亿元', 8],
    ] as const;
    fc.assert(
      fc.property(
        fc.bigInt(0n, 10n ** 19n),
        fc.constantFrom(...scales),
        fc.boolean(),
        (cents, [unit, exponent], full) => {
          const digits = cents.toString().padStart(exponent + 3, '0');
          const at = digits.length - exponent - 2;
          const written = `${digits.slice(0, at)}.${digits.slice(at)}`;
          const text = full ? written.replace(/\d/g, (digit) => '０１２３４５６７８９'.charAt(Number(digit))) : written;
          expect(amount(`${text}${unit}`)).toBe(fromCents(cents));
        },
      ),
    );
  });
});

describe('numbers of a workbook', () => {
  it.each([
    ['0.30000000000000004', '0.3'],
    ['518.10000000000002', '518.1'],
    ['1.2E+11', '120000000000'],
    ['1.5e-7', '0.00000015'],
    ['45425', '45425'],
    ['-5.5', '-5.5'],
    ['9007199254740991', '9007199254740991'],
  ])('%s is meant as %s', (stored, expected) => expect(numberCell(stored)).toEqual({ kind: 'number', text: expected }));

  it.each(['12345678901234567890', '12345678901234.567', 'NaN', 'abc', ''])('refuses %s', (stored) => {
    expect(numberCell(stored).problem).toBeDefined();
  });

  it('keeps every amount that an export writes as a number', () => {
    fc.assert(
      fc.property(fc.bigInt(0n, 10n ** 15n - 1n), (cents) => {
        const read = readAmount(numberCell(String(Number(fromCents(cents)))), 'CNY');
        expect(read).toMatchObject({ ok: true, value: { value: fromCents(cents) } });
      }),
    );
  });

  it('writes decimals without exponent', () => {
    fc.assert(
      // As text first: a workbook holds "0" where JavaScript has -0.
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }).map(String), (text) => {
        expect(Number(plainDecimal(text))).toBe(Number(text));
      }),
    );
  });
});

describe('the format of a number', () => {
  const read = (code: string, header?: string) => {
    const { unit } = readNumberFormat(code);
    const result = readAmount(
      { ...numberCell('5.2'), unit },
      'CNY',
      header === undefined ? undefined : readUnit(header),
    );
    return result.ok ? `${result.value.value}${result.note ? ' converted' : ''}` : result.code;
  };

  it.each([
    ['#,##0.00', '5.20'],
    ['0.00_);[Red]\\(0.00\\)', '5.20'],
    ['"¥"#,##0.00', '5.20'],
    ['_ [$¥-804]* #,##0.00_ ', '5.20'],
    ['0.00"元"', '5.20'],
    ['0.00"亿元"', '520000000.00 converted'],
    ['0.00"亿元";[Red]-0.00"亿元"', '520000000.00 converted'],
    ['0.00亿元', '520000000.00 converted'],
    ['0.0" million"', '5200000.00 converted'],
    // The comma makes less of what is stored.
    ['0!.0,"万元"', '5.20'],
    ['0.00,,"mn"', '5.20'],
    ['0.0,,"M"', '5.20'],
    ['#,##0,"K"', '5.20'],
    ['0!.00,,"亿元"', '5.20'],
    ['#,##0,', '5.20'],
    // So does a point that is mere text.
    ['0!.0000"万元"', '5.20'],
    ['0\\.0000"万元"', '5.20'],
    ['0"."0000"万"', '5.20'],
    ['0!.00000000"亿元"', '5.20'],
    ['0!.0000"亿元"', '52000.00 converted'],
    ['0\\.0000,"万"', 'unclear-scale'],
    ['0"."0"."0"万"', 'unclear-scale'],
    ['0"亿"0000"万元"', 'unclear-scale'],
    ['0亿0000万元', 'unclear-scale'],
    ['#,##0,"元"', 'unclear-scale'],
    ['0%', 'unclear-scale'],
    ['0.00E+00', '5.20'],
    ["#'##0.00", '5.20'],
    ['G/通用格式"亿元"', '520000000.00 converted'],
    ['General" 万元"', '52000.00 converted'],
    // Which of them counts depends on the number.
    ['[>=100]0"亿元";0.0"万元"', 'unclear-scale'],
    ['[>=100000000]0!.00,,"亿元";[>=10000]0!.0,"万元";0"元"', '5.20'],
    // What is not known is not yuan.
    ['[$₽-419]#,##0', 'unclear-scale'],
    ['[$руб.-419]#,##0', 'unclear-scale'],
    ['[$KZT] #,##0', 'unclear-scale'],
    ['[$₸-43F]#,##0', 'unclear-scale'],
    ['[$CHF] #,##0', 'unclear-scale'],
    ['[$RMB] #,##0', '5.20'],
    ['[$USD] #,##0.0,,"M"', 'wrong-currency'],
    ['"USD "#,##0.0,,"m"', 'wrong-currency'],
    ['0.00亿美元', 'wrong-currency'],
    ['0.00\\亿\\美\\元', 'wrong-currency'],
    ['0.0\\M', 'unclear-scale'],
    ['0"户"', 'unclear-scale'],
    ['0"00"', 'unclear-scale'],
    ['0"0000"', 'unclear-scale'],
    ['#'.repeat(10_000), 'unclear-scale'],
    ['[$'.repeat(499), 'wrong-currency'],
    // Nor is a bound exact.
    ['0"余亿元"', 'unclear-scale'],
    ['0"余"', 'unclear-scale'],
    ['"≥"0', 'unclear-scale'],
    ['"超"0', 'unclear-scale'],
    ['0"+"', 'unclear-scale'],
    ['"约"0', 'unclear-scale'],
    ['"不超过"0', 'unclear-scale'],
    ['[$$-409]#,##0.00', 'wrong-currency'],
    ['[$€-2]\\ #,##0.00', 'wrong-currency'],
    ['0.00"万美元"', 'wrong-currency'],
    ['0.00"亿元以上"', 'unclear-scale'],
  ])('%.40s', (code, expected) => expect(read(code)).toBe(expected));

  it('must not contradict the header', () => {
    expect(read('0.00"亿元"', '亿元')).toBe('520000000.00');
    expect(read('"¥"0.00', '亿元')).toBe('520000000.00');
    expect(['万元', '元'].map((header) => read('0.00"亿元"', header))).toEqual(['unclear-scale', 'unclear-scale']);
    expect(read('0.00"元"', '万元')).toBe('unclear-scale');
    expect(read('"¥"0.00', '万美元')).toBe('unclear-scale');
    expect(['0!.0,', '0!.0000', '#,##0,', '0%'].map((code) => read(code, '万元'))).toEqual(
      Array(4).fill('unclear-scale'),
    );
    expect(read('#,##0,', '元')).toBe('5.20');
  });

  it('that shows parts of yuan changes nothing, however it is written; any other word is not passed over', () => {
    const quoted = fc.constantFrom(
      (text: string) => `"${text}"`,
      (text: string) => [...text].map((letter) => `\\${letter}`).join(''),
      (text: string) => [...text].map((letter) => `!${letter}`).join(''),
    );
    const shown = fc.constantFrom<[string, string]>(['0!.0,', '万元'], ['0\\.0000', '万'], ['0!.00,,', '亿元']);
    const words = fc.constantFrom('', 'KZT', '余', '约', '以上', '美元', '%', '户', '卢布', 'M');
    fc.assert(
      fc.property(shown, words, quoted, fc.boolean(), ([digits, unit], word, quote, isBefore) => {
        const code = isBefore ? `${quote(word)}${digits}${quote(unit)}` : `${digits}${quote(unit + word)}`;
        expect(read(code)).toMatch(word === '' ? /^5\.20$/ : /^(?:unclear-scale|wrong-currency)$/);
      }),
    );
  });

  it('shows a date', () => {
    const dates = ['yyyy/m/d', 'yyyy"年"m"月"d"日"', '[$-804]yyyy\\-mm', 'dd-mmm', '[[[yy'].map((code) =>
      readNumberFormat(code),
    );
    expect(dates).toEqual(Array(5).fill({ date: true }));
    expect(['General', '0.00', '[Red]0', '0"day"', 'h:mm'].map((code) => readNumberFormat(code).date)).toEqual(
      Array(5).fill(false),
    );
  });
});

describe('dates', () => {
  it.each([
    '2024-05-13',
    '2024/5/13',
    '2024.5.13',
    '2024年5月13日',
    '２０２４年５月１３号',
    '20240513',
    '2024-5-13 08:30:00',
    '2024年5月13日08:30',
    '2024 05 13',
    '2024 年 5 月 13 日',
    ' 2024-05-13T00:00 ',
  ])('reads %s', (text) => expect(date(text)).toBe('2024-05-13'));

  it.each([
    ['13/05/2024', 'ambiguous-date'],
    ['2024-02-30', 'no-such-day'],
    ['2024-13-01', 'no-such-day'],
    ['2024/5-13', 'not-a-date'],
    ['2024-5-1 3', 'not-a-date'],
    ['2024-5-138:30', 'not-a-date'],
    ['2024-05-1308:30', 'not-a-date'],
    ['2024-05-13\n2024-06-13', 'not-a-date'],
    ['2024-05-13'.padEnd(32_000, ' 1'), 'not-a-date'],
    ['24-5-13', 'not-a-date'],
    ['2024年5月', 'not-a-date'],
    ['45425', 'not-a-date'],
    ['五月十三日', 'not-a-date'],
  ])('refuses %s: %s', (text, code) => expect(date(text)).toBe(code));

  it('reads a date that begins with the day only where somebody said so', () => {
    expect(date('13/05/2024', 'dmy')).toBe('2024-05-13');
    expect(date('05/13/2024', 'mdy')).toBe('2024-05-13');
    expect(date('13/05/2024', 'mdy')).toBe('no-such-day');
  });

  it('reads serial numbers of both date systems', () => {
    expect(serialDate('45425', false)).toBe('2024-05-13');
    expect(serialDate('45425.75', false)).toBe('2024-05-13');
    expect(serialDate('43963', true)).toBe('2024-05-13');
    expect(serialDate('1', false)).toBe('1900-01-01');
    expect(serialDate('59', false)).toBe('1900-02-28');
    expect(serialDate('60', false)).toBeUndefined();
    expect(serialDate('61', false)).toBe('1900-03-01');
    expect(serialDate('0.5', false)).toBeUndefined();
    expect(serialDate('1e300', false)).toBeUndefined();
  });

  it('brings back every day, however it is written', () => {
    const days = fc.date({ min: new Date('1900-03-01'), max: new Date('2999-12-31'), noInvalidDate: true });
    fc.assert(
      fc.property(days, (day) => {
        const iso = day.toISOString().slice(0, 10);
        const [year, month, dayOfMonth] = iso.split('-').map(Number);
        const written = [iso, `${year}/${month}/${dayOfMonth}`, `${year}年${month}月${dayOfMonth}日`];
        expect(written.map((text) => date(text))).toEqual([iso, iso, iso]);
        const serial = Math.floor(day.getTime() / 86_400_000) + 25_569;
        expect(serialDate(String(serial), false)).toBe(iso);
        expect(serialDate(String(serial - 1462), true)).toBe(iso);
      }),
    );
  });
});

describe('words', () => {
  it('reads agreements and statuses in both languages', () => {
    expect(
      ['投资协议', 'Investment', '意向书', '战略合作框架协议', 'LETTER OF INTENT'].map((text) =>
        readAgreement(cell(text)),
      ),
    ).toEqual(['investment', 'investment', 'intent', 'framework', 'intent'].map((value) => ({ ok: true, value })));
    expect(readStatus(cell('正 常'))).toEqual({ ok: true, value: 'active' });
    expect(readStatus(cell('Cancelled'))).toEqual({ ok: true, value: 'terminated' });
    expect(readIntent(cell('投资协议'))).toMatchObject({ ok: false, code: 'unknown-word' });
  });

  it('names what it would take', () => {
    expect(readStatus(cell('烂尾'))).toMatchObject({ text: { zh: '“烂尾”不在可选值内：正常、暂停、终止' } });
  });
});

describe('formulas', () => {
  it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\tx', '\rx', '＝1', "'=1"])('disarms %j', (text) => {
    expect(disarm(text)).toBe(`'${text}`);
    expect(disarm(text)).toMatch(/^'/);
  });

  it('leaves other text alone, and takes away exactly what it has added', () => {
    expect(disarm("'tis")).toBe("'tis");
    const texts = fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom("'", '=', '+', '-', '@', '\t', 'a') }));
    fc.assert(
      fc.property(texts, (text) => {
        expect(rearm(disarm(text))).toBe(text);
        expect(disarm(text)).not.toMatch(/^[=+\-@\t\r]/);
      }),
    );
  });
});
