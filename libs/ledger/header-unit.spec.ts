import fc from 'fast-check';
import { findHeader, Header } from './header';
import { refuseOtherUnit } from './header-again';
import { headerNotes } from './ledger-notes';
import { TableRow } from './table';

function row(number: number, ...texts: (string | undefined)[]): TableRow {
  const cells = texts.map((text) => (text === undefined ? undefined : { kind: 'text' as const, text }));
  return { sheet: 'S', row: number, cells };
}

const NAMES = ['项目编号', '项目名称', '投资企业'];

/** `8 CNY` for amounts in hundred millions of yuan. */
function unitOf(header: Header | undefined, field: string): string {
  const column = header?.columns.find((each) => each.column.field === field);
  if (!column) return 'no such column';
  return column.unit ? `${column.unit.exponent ?? '?'} ${column.unit.currency ?? '-'}` : 'none';
}

function refusal(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    return (error as Error).message;
  }
  return 'read';
}

/** Of a ledger with this header over its investments. */
const written = (header: string) => unitOf(findHeader([row(1, ...NAMES, header)]), 'estimatedInvestment');

describe('the unit in the header of an amount', () => {
  it.each([
    ['投资额', 'none'],
    ['投资额（含税）', 'none'],
    ['投资额（含续建、必填）', 'none'],
    ['投资额（计划）', 'none'],
    ['投资额（1）', 'none'],
    ['投资额（元）', '0 CNY'],
    ['投资额（CNY）', '? CNY'],
    ['投资额（人民币）', '? CNY'],
    ['投资额（¥）', '? CNY'],
    ['投资额（亿）', '8 -'],
    ['投资额（人民币，亿元）', '8 CNY'],
    ['投资额（人民币：亿元）', '8 CNY'],
    ['投资额（人民币/亿元）', '8 CNY'],
    ['投资额（人民币 亿 元）', '8 CNY'],
    ['投资额（亿元，含税）', '8 CNY'],
    ['投资额（含税、亿元）', '8 CNY'],
    ['投资额（亿元）（含续建）', '8 CNY'],
    ['投资额（含续建）（亿元）', '8 CNY'],
    ['投资额【单位：亿元人民币】', '8 CNY'],
    ['投资额（以亿元计）', '8 CNY'],
    ['投资额（金额单位：万元；含税）', '4 CNY'],
    ['总投资（亿元）:', '8 CNY'],
    ['总投资/亿元', '8 CNY'],
    ['总投资 亿元', '8 CNY'],
    ['总投资\n(亿元)', '8 CNY'],
    ['总投资\n人民币万元', '4 CNY'],
    ['投资额：万元', '4 CNY'],
    ['投资额-万元', '4 CNY'],
    ['计划总投资单位万元', '4 CNY'],
    ['计划投资 单位：万美元', '4 USD'],
    ['投资额（USD，万）', '4 USD'],
    ['Investment (CNY 100 million)', '8 CNY'],
    ['Investment (RMB mn)', '6 CNY'],
    ['Investment, million yuan', '6 CNY'],
    ['Investment RMB mn', '6 CNY'],
    ['Total investment (in millions of RMB, incl. tax)', '6 CNY'],
    ['Investment (RMB mn excl. land)', '6 CNY'],
    ["Investment (RMB '000)", '3 CNY'],
    ['Investment (unit: 10,000 yuan)', '4 CNY'],
    ['Investment (£m)', '6 GBP'],
    ['Investment (estimated, RMB mn)', '6 CNY'],
    ['投资额（截至2024年底，万元）', '4 CNY'],
    ['投资额（累计，万元）', '4 CNY'],
    ['投资额（请填写数字，万元）', '4 CNY'],
    ['Investment (to date, RMB mn)', '6 CNY'],
    // Whatever else stands beside an amount makes it another one.
    ['投资额（2000年，含续建）', 'no such column'],
    ['投资额（2024年，万元）', 'no such column'],
    ['投资额（2024年 万元）', 'no such column'],
    ['投资额（万平方米、含千人）', 'no such column'],
    ['投资额（其中外资）', 'no such column'],
    ['投资额（其中：固定资产）', 'no such column'],
    ['投资额（一期，亿元）', 'no such column'],
    ['投资额（亿元）（不含二期）', 'no such column'],
    ['投资额（实际，亿元）', 'no such column'],
    ['投资额（本年）', 'no such column'],
    ['投资额/本月', 'no such column'],
    ['投资额（%）', 'no such column'],
    ['投资额（率）', 'no such column'],
    ['投资额（比例）', 'no such column'],
    ['Investment (European partners)', 'no such column'],
    ['Investment (phase 1, RMB mn)', 'no such column'],
  ])('%s', (header, unit) => expect(written(header)).toBe(unit));

  it.each([
    '投资额（亿元/万美元）',
    '投资额（亿元或万美元）',
    '投资额（万元以上）',
    '投资额（万元/亩）',
    '投资额（万元，亿元）',
    '投资额（元、万）',
    '投资额（美元，万）',
    '投资额（人民币，美元）',
    '投资额（百元）',
    '投资额（原币种）',
    '投资额（万坚戈）',
    '投资额：亿元以上',
    '投资额（1000）',
    'Investment (10,000)',
    'Investment (m)',
    'Investment (lakh)',
    'Investment (million or billion)',
    'Investment (US dollars)',
    '投资额（AUD）',
    '投资额（瑞士法郎）',
    '投资额（亿 KZT）',
    '投资额（KZT 亿）',
    '投资额（亿元、CHF）',
    '投资额（不低于，亿元）',
    '投资额（约 亿元）',
    'Investment (RMB 0.1 billion)',
    'Investment (Mio. CNY)',
    'Investment (AUD million)',
    'Investment (million SGD)',
    'Investment (ZAR bn)',
    'Investment (million roubles)',
    'Investment (billion tenge)',
  ])('%s is refused, with its cell', (header) => {
    expect(refusal(() => written(header))).toContain(`the unit of amounts in D1 "${header}" is not clear`);
  });

  it('is none where no amounts are', () => {
    const header = findHeader([row(1, '项目编号', '项目名称（亿元以上）', '落地日期（万元）', '投资企业')]);
    expect(header?.columns.map(({ unit }) => unit)).toEqual(Array(4).fill(undefined));
  });

  it('is of another column where something planned is meant', () => {
    const header = findHeader([
      row(1, ...NAMES, '到位资金（计划，万元）', '开工日期(预计)', '投资额（计划）', '计划开工日期（预计）'),
    ]);
    expect(header?.unknown.map(({ address }) => address)).toEqual(['D1', 'E1']);
    expect(header?.columns.slice(3).map(({ column }) => column.field)).toEqual(['estimatedInvestment', 'plannedStart']);
  });

  it('is that of a part, or a share, of what the column is called', () => {
    const header = findHeader([
      row(1, ...NAMES, '到位资金（2024年，万元）', '签约金额（一期）', '投资协议金额（%）', '意向金额（实际，含税）'),
    ]);
    expect(header?.unknown.map(({ address }) => address)).toEqual(['D1', 'E1', 'F1']);
    expect(header?.columns.slice(3).map(({ column }) => column.field)).toEqual(['intentAmount']);
  });

  it('is never yuan when the header speaks of something larger, whatever stands beside it', () => {
    const words = fc.constantFrom(
      '亿元',
      '万元',
      '万',
      '千元',
      '百万元',
      '人民币',
      '含税',
      '不含地价',
      'mn',
      '以上',
      '2024年',
      '万美元',
      'AUD',
      'KZT',
      '瑞士法郎',
      '约',
      '不低于',
      '0.1',
      '本月',
      '%',
    );
    const joints = fc.constantFrom('，', '、', '/', ' ', '；', '）（', '', '：');
    fc.assert(
      fc.property(fc.array(fc.tuple(words, joints), { minLength: 1, maxLength: 4 }), (parts) => {
        const inside = parts.flat().slice(0, -1).join('');
        fc.pre(/[千万亿]|(?<![a-z])mn(?![a-z])/.test(inside));
        const unit = /AUD|KZT|法郎|约|不低于|0\.1|本月|%|2024/.test(inside) ? /^$/ : /^(?:[3-9]|1\d) (?:CNY|USD|-)$/;
        const result = refusal(() => {
          const read = written(`投资额（${inside}）`);
          if (read !== 'no such column') expect(read).toMatch(unit);
        });
        expect(result).toMatch(/^read$|is not clear/);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('a header of two rows', () => {
  it('has the unit of the group for each of its columns, and only for these', () => {
    const header = findHeader([
      row(1, '单位：元'),
      row(2, ...NAMES, '投资额（亿元）', '资金情况（万元）', undefined, '意向签约情况', undefined, '项目状态'),
      row(3, undefined, undefined, undefined, undefined, '到位日期', '累计到位资金', '意向日期', '意向金额'),
    ]);
    const units = ['estimatedInvestment', 'fundsReceived', 'intentAmount'].map((field) => unitOf(header, field));
    expect(units).toEqual(['8 CNY', '4 CNY', '0 CNY']);
  });

  it('takes the unit of the column itself before that of the group, and refuses a group that is unclear', () => {
    const under = (group: string, column: string) =>
      unitOf(findHeader([row(1, ...NAMES, group), row(2, undefined, undefined, undefined, column)]), 'fundsReceived');
    expect(under('资金（万元）', '到位资金（亿元）')).toBe('8 CNY');
    expect(under('资金 万元', '到位资金（人民币）')).toBe('4 CNY');
    expect(under('资金（亿元/万美元）', '到位资金（元）')).toBe('0 CNY');
    expect(refusal(() => under('资金（亿元/万美元）', '到位资金'))).toContain('D1 "资金（亿元/万美元）" is not clear');
    expect(refusal(() => under('资金（万元）', '到位资金（美元/USD）'))).toBe('read');
    expect(refusal(() => under('资金（万元）', '到位资金（USD）'))).toContain('D1 "资金（万元）" is not clear');
  });

  it('is of other columns under a group of what is planned, or of a part', () => {
    const fields = (...rows: TableRow[]) =>
      findHeader(rows)
        ?.columns.slice(3)
        .map(({ column }) => column.field);
    const dates = ['开工日期', '投产日期'];
    const over = (...groups: (string | undefined)[]) =>
      fields(
        row(1, ...NAMES, ...groups, '落地日期'),
        row(2, undefined, undefined, undefined, ...dates, '到位资金', '计划竣工日期'),
      );
    const all = ['constructionStartedOn', 'operatingOn', 'fundsReceived', 'plannedCompletion', 'landedOn'];
    expect(over('建设情况', undefined, undefined, undefined)).toEqual(all);
    expect(over('计划', undefined, undefined, undefined)).toEqual(['plannedCompletion', 'landedOn']);
    expect(over('2024年完成情况', undefined, '截至2024年底', undefined)).toEqual(all);
    expect(over('2024年签约', undefined, undefined, undefined)).toEqual(all);
    expect(over('建设情况', undefined, '2024年', undefined)).toEqual(all.filter((field) => field !== 'fundsReceived'));

    const above = (...groups: (string | undefined)[]) =>
      fields(row(1, ...groups), row(2, ...NAMES, ...dates, '到位资金'));
    expect(above('基本情况', undefined, undefined, '计划', undefined, '实际')).toEqual(['fundsReceived']);
    expect(above('项目', undefined, undefined, '实际', undefined, '本年')).toEqual(all.slice(0, 2));
    expect(above('计划项目', undefined, undefined, undefined, '填报：2024年', '2024年6月')).toEqual(all.slice(0, 3));
  });

  it('does not take the unit of a column that stands over both rows', () => {
    const header = findHeader([
      row(1, ...NAMES, '投资额（亿元）'),
      row(2, undefined, undefined, undefined, undefined, '到位资金'),
    ]);
    expect(unitOf(header, 'fundsReceived')).toBe('none');
  });

  it('may have nothing but groups in its first row', () => {
    const header = findHeader([
      row(1, '2024年亿元以上项目台账', undefined, undefined, undefined, undefined, '2024年6月'),
      row(2, '基本情况', undefined, undefined, '投资（亿元）', '资金（万元）'),
      row(3, ...NAMES, '投资额', '到位资金', '到位日期'),
    ]);
    expect(header?.row).toBe(3);
    expect(['estimatedInvestment', 'fundsReceived'].map((field) => unitOf(header, field))).toEqual(['8 CNY', '4 CNY']);
    const unclear = () =>
      findHeader([row(1, '基本情况', undefined, undefined, '投资（亿元/万美元）'), row(2, ...NAMES, '投资额')]);
    expect(refusal(unclear)).toContain('D1 "投资（亿元/万美元）" is not clear');
  });

  it('may have the units in its second row', () => {
    const header = findHeader([
      row(1, ...NAMES, '总投资', '到位资金', '到位日期'),
      row(2, undefined, undefined, undefined, '（亿元）', '万元'),
      row(3, 'A-1', '甲', '乙', '5.2', '300', '2024-05-13'),
    ]);
    expect(header?.row).toBe(2);
    expect(['estimatedInvestment', 'fundsReceived'].map((field) => unitOf(header, field))).toEqual(['8 CNY', '4 CNY']);
  });
});

describe('a row of units below the header', () => {
  const below = (...texts: (string | undefined)[]) =>
    findHeader([row(1, ...NAMES, '投资额', '到位资金', '到位日期'), row(2, ...texts), row(3, 'A-1', '甲', '乙', '5')]);
  const none = undefined;

  it.each([
    [[none, none, none, '（亿元）', '（万元）', '（年/月/日）']],
    [['文本', '文本', none, '亿元', '万元', '日期']],
    [['必填', none, '全称', '单位：亿元', '万元']],
  ])('may also say how the other columns are filled in: %j', (texts) => {
    const header = below(...texts);
    expect(header?.row).toBe(2);
    expect(header?.unknown).toEqual([]);
    expect(['estimatedInvestment', 'fundsReceived'].map((field) => unitOf(header, field))).toEqual(['8 CNY', '4 CNY']);
  });

  it.each([
    [[none, none, none, '（亿元）', '（百元）'], 'E2 "（百元）" is not clear'],
    [[none, none, none, '亿元', '以万坚戈计'], 'E2 "以万坚戈计" is not clear'],
    [[none, none, none, '（亿元以上）'], 'D2 "（亿元以上）" is not clear'],
  ])('is refused where one of them is not clear: %j', (texts, message) => {
    const header = below(...texts);
    expect(header?.row).toBe(1);
    expect(() => header && refuseOtherUnit(row(2, ...texts), header)).toThrow(message);
  });
});

describe('the unit above the table', () => {
  const below = (...texts: (string | undefined)[]) =>
    unitOf(findHeader([row(1, ...texts), row(2, ...NAMES, '投资额')]), 'estimatedInvestment');

  it.each([
    ['单位：万元', '4 CNY'],
    ['单 位 ：万元', '4 CNY'],
    ['（金额单位：人民币万元）', '4 CNY'],
    ['单位：人民币（万元）', '4 CNY'],
    ['单位：人民币 万元', '4 CNY'],
    ['单位：万元、亩、%', '4 CNY'],
    ['单位：万元  填报时间：2024年6月', '4 CNY'],
    ['Unit: RMB million  Date: 2024-06', '6 CNY'],
    ['填报单位：亿利集团招商办  单位：万元', '4 CNY'],
    ['本表金额单位为万元', '4 CNY'],
    ['2024年亿元以上项目台账（万元）', '4 CNY'],
    ['招商引资项目台账单位：万元', '4 CNY'],
    ['万元', '4 CNY'],
    ['Unit: RMB million', '6 CNY'],
    ['Project ledger (unit: 10,000 yuan)', '4 CNY'],
    ['币种：人民币', '? CNY'],
    ['填报单位：亿利集团', 'none'],
    ['2024年亿元以上项目台账（投资5000万元以上）', 'none'],
    ['注：以下金额均以亿元为单位', '8 CNY'],
    ['填表说明：1.投资额单位为亿元；2.日期如2024-05-13', '8 CNY'],
    ['资金单位：万元。', '4 CNY'],
    ['金额：万元', '4 CNY'],
    ['合计金额：518亿元', 'none'],
    ['以县为单位', 'none'],
    ['投资单位：亿利集团', 'none'],
    ['台账', 'none'],
  ])('%s', (text, unit) => expect(below(undefined, text)).toBe(unit));

  it.each([
    '单位：亿元、万美元',
    '单位：百元',
    '金额以百元为单位',
    '单位：亿 坚戈',
    'Unit: million KZT',
    'Unit: 0.1 billion RMB',
    '金额单位：万元或亿元',
    'Currency: lakh',
  ])('%s is refused, with its cell', (text) => {
    expect(refusal(() => below(undefined, text))).toContain(`B1 "${text}" is not clear`);
    const own = findHeader([row(1, text), row(2, ...NAMES, '投资额（万元）')]);
    expect(unitOf(own, 'estimatedInvestment')).toBe('4 CNY');
  });

  it('says the currency that the header of an amount leaves open', () => {
    const under = (line: string, header: string) =>
      unitOf(findHeader([row(1, line), row(2, ...NAMES, header)]), 'estimatedInvestment');
    expect(under('币种：美元', '投资额（亿）')).toBe('8 USD');
    expect(under('单位：万元', '投资额（亿）')).toBe('8 CNY');
    expect(under('单位：万元', '投资额（人民币）')).toBe('4 CNY');
    expect(refusal(() => under('币种：坚戈', '投资额（亿）'))).toContain('A1 "币种：坚戈" is not clear');
    expect(refusal(() => under('单位：万美元', '投资额（人民币）'))).toContain('A1 "单位：万美元" is not clear');
  });

  it('is not one of two', () => {
    expect(refusal(() => below('单位：万元', '单位：亿元'))).toContain('A1 "单位：万元" is not clear');
    expect(below('币种：人民币', '单位：万元')).toBe('4 CNY');
  });
});

describe('the note on the unit of a column', () => {
  const notes = (...texts: string[]) => {
    const header = findHeader([row(1, ...NAMES, ...texts)]);
    return header && headerNotes(header).map(({ code, cell }) => `${code} ${cell}`);
  };

  it.each(['投资额', '投资额（人民币）', '投资额（RMB）', '投资额（¥）'])(
    'says of %s that nobody says it',
    (header) => {
      expect(notes(header)).toEqual(['unit-assumed D1']);
      expect(notes(header, '币种')).toEqual(['unit-assumed D1']);
    },
  );

  it.each(['投资额（元）', '投资额（人民币，元）', 'Investment (CNY)', '计划投资（GBP）'])(
    'is none for %s',
    (header) => {
      expect(notes(header)).toEqual([]);
    },
  );

  it('says that amounts are converted', () => expect(notes('投资额（亿元）', '币种')).toEqual(['unit-converted D1']));
});

it('a text that is too long for a header is none', () => {
  expect(written(`投资额（${'含税'.repeat(80)}）`)).toBe('none');
  for (const text of [`投资额${'('.repeat(32_767)}`, `投资额（${'含税'.repeat(100)}）`])
    expect(written(text)).toBe('no such column');
});
