import { LEDGER_COLUMNS } from './columns';
import { disarm } from './disarm';
import { findHeader } from './header';
import { isHeaderAgain, refuseOtherUnit } from './header-again';
import { isAnotherUnder, normalised } from './header-name';
import { ledgerRowOf } from './ledger-row-of';
import { readNumberFormat } from './number-format';
import { readRow } from './row-reader';
import { isTextRow, isTotalRow } from './skipped-rows';
import { columnLetters, TableRow } from './table';
import { LedgerVocabulary } from './vocabulary';
import { writtenHeader, WRITTEN_COLUMNS } from './written-cell';

const vocabulary: LedgerVocabulary = {
  currency: 'CNY',
  resolveRegion: (text) => ({ 克拉玛依市: '650200' })[text],
  resolvePartner: (text) => ({ 上海市: '310000' })[text],
  resolveCluster: (text) => ({ 油气: 'oil-gas' })[text],
};

function row(number: number, ...texts: (string | undefined)[]): TableRow {
  return {
    sheet: 'S',
    row: number,
    cells: texts.map((text) => (text === undefined ? undefined : { kind: 'text', text })),
  };
}

function read(header: TableRow, data: TableRow) {
  const found = findHeader([header]);
  if (!found) throw new Error('no header');
  return readRow(data, found, vocabulary);
}

describe('header', () => {
  it('knows every column under the names that exports write, with and without unit', () => {
    for (const language of ['zh', 'en'] as const) {
      const header = row(1, ...WRITTEN_COLUMNS.map((column) => writtenHeader(column, { language, currency: 'CNY' })));
      const found = findHeader([header]);
      expect(found?.columns.map(({ column }) => column.field)).toEqual(WRITTEN_COLUMNS.map(({ field }) => field));
      expect(found?.unknown).toEqual([]);
    }
  });

  it('has no name for two columns', () => {
    const names = LEDGER_COLUMNS.flatMap(({ header, synonyms }) => [header.zh, header.en, ...synonyms].map(normalised));
    expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([]);
  });

  it('has no name for a column that, as a group over it, would make it another', () => {
    const others = LEDGER_COLUMNS.flatMap((column) =>
      [column.header.zh, column.header.en, ...column.synonyms].filter((name) => isAnotherUnder(name, column)),
    );
    expect(others).toEqual([]);
  });

  it('finds it under titles, tolerates spaces, brackets, stars and line breaks, and takes units from it', () => {
    const found = findHeader([
      row(1, '某某台账'),
      row(3, '填报单位：招商局', undefined, '单位：万元'),
      row(
        4,
        '序号',
        ' 项目\n编号 ',
        '*项目名称：',
        '总投资（亿元）',
        '意向金额',
        '签约 日期(年/月/日)',
        '协议类型',
        '合同额',
      ),
      row(5, '1', 'A-1', '甲', '5'),
    ]);
    expect(found).toMatchObject({ sheet: 'S', row: 4, unknown: [{ address: 'H4', written: '合同额' }] });
    expect(found?.columns.map(({ column, address, unit }) => [column.field, address, unit?.exponent])).toEqual([
      ['code', 'B4', undefined],
      ['title', 'C4', undefined],
      ['estimatedInvestment', 'D4', 8],
      ['intentAmount', 'E4', 4],
      ['signedOn', 'F4', undefined],
      ['agreement', 'G4', undefined],
    ]);
  });

  it('joins a header of two rows', () => {
    const found = findHeader([
      row(1, '台账'),
      row(2, '项目编号', '项目名称', '落地情况', undefined, '项目状态'),
      row(3, undefined, undefined, '落地企业', '落地日期'),
      row(4, 'A-1', '甲', '乙', '2024-05-13', '正常'),
    ]);
    expect(found?.row).toBe(3);
    expect(found?.columns.map(({ column }) => column.field)).toEqual([
      'code',
      'title',
      'legalEntity',
      'landedOn',
      'status',
    ]);
  });

  it('names both cells when a column is there twice', () => {
    const header = row(2, '项目编号', '投资额', '项目名称', '总投资');
    expect(() => findHeader([header])).toThrow(
      'the column "Estimated investment" is there twice: B2 “投资额” and D2 “总投资”',
    );
  });

  it('prefers the own name of a column to a synonym', () => {
    const found = findHeader([row(2, '项目编号', '联系人', '责任人', '项目名称')]);
    expect(found?.columns.find(({ column }) => column.field === 'responsiblePerson')?.address).toBe('C2');
    expect(found?.unknown).toEqual([{ address: 'B2', written: '联系人' }]);
  });

  it('is not fooled by a title or a row of data', () => {
    expect(findHeader([row(1, '项目名称'), row(2, 'A-1', '甲', '5')])).toBeUndefined();
  });
});

describe('rows', () => {
  it('reads each cell as its column wants it and tells all errors of a row at once', () => {
    const header = row(
      1,
      '项目编号',
      '落地地州',
      '来源省市',
      '产业集群',
      '计划投资(亿元)',
      '落地日期',
      '项目状态',
      '项目标识',
    );
    expect(read(header, row(2, 'A-1', '克拉玛依市', '上海市', '油气', '5.2', '/', '正常')).fields).toEqual({
      code: 'A-1',
      prefecture: '650200',
      origin: '310000',
      cluster: 'oil-gas',
      estimatedInvestment: { value: '520000000.00', currency: 'CNY', bound: 'exact' },
      status: 'active',
    });
    const bad = read(header, row(17, 'A-1', '火星', '上海', '煤', '1.12345678912', '2024-02-30', '烂尾', 'x'));
    expect(bad.fields).toEqual({ code: 'A-1' });
    expect(bad.errors.map(({ field, cell, code }) => [field, cell, code])).toEqual([
      ['prefecture', 'B17', 'unknown-name'],
      ['origin', 'C17', 'unknown-name'],
      ['cluster', 'D17', 'unknown-name'],
      ['estimatedInvestment', 'E17', 'too-many-decimals'],
      ['landedOn', 'F17', 'no-such-day'],
      ['status', 'G17', 'unknown-word'],
      ['id', 'H17', 'not-an-id'],
    ]);
    expect(bad.raw.prefecture).toBe('火星');
    expect(bad.errors.every(({ text }) => text.zh !== '' && text.en !== '')).toBe(true);
  });

  describe('with one signing per row', () => {
    const header = row(1, '项目编号', '协议类型', '签约金额（亿元）', '签约日期');

    it('puts it where the agreement says', () => {
      const money = { value: '500000000.00', currency: 'CNY', bound: 'exact' };
      expect(read(header, row(2, 'A', '投资协议', '5', '2024-05-13'))).toMatchObject({
        fields: { code: 'A', investmentAmount: money, investmentSignedOn: '2024-05-13' },
        cells: { investmentAmount: 'C2', investmentSignedOn: 'D2' },
        raw: { investmentAmount: '5' },
      });
      expect(read(header, row(2, 'A', '框架协议', '5', '2024-05-13')).fields).toEqual({
        code: 'A',
        intentAgreement: 'framework',
        intentAmount: money,
        intentSignedOn: '2024-05-13',
      });
    });

    it.each([
      [['A', undefined, '5', undefined], ['agreement-missing']],
      [
        ['A', undefined, '5', '2024-05-13'],
        ['agreement-missing', 'agreement-missing'],
      ],
      [['A', '口头', '5', '2024-05-13'], ['unknown-word']],
      [['A', '投资协议', '5', undefined], ['signing-date-missing']],
      [[undefined, '投资协议', '5', '2024-05-13'], ['identity-missing']],
    ])('refuses %j', (texts, codes) => {
      expect(read(header, row(2, ...texts)).errors.map(({ code }) => code)).toEqual(codes);
    });
  });

  it('reads amounts in the unit or the currency that a column of its own says', () => {
    const currency = row(1, '项目编号', '项目名称', '投资额（万元）', '意向金额', ' 币 种 ');
    const said = (data: TableRow, header = currency) => {
      const { fields, errors } = read(header, data);
      return [fields.estimatedInvestment?.value, fields.intentAmount?.value, ...errors.map(({ code }) => code)];
    };
    expect(said(row(2, 'A', '甲', '5', '7', '人民币'))).toEqual(['50000.00', '7.00']);
    expect(said(row(2, 'A', '甲', '5', '7万元'))).toEqual(['50000.00', '70000.00']);
    expect(said(row(2, 'A', '甲', '5', '7', '/'))).toEqual(['50000.00', '7.00']);
    expect(said(row(2, 'A', '甲', '5', undefined, '美元'))).toEqual([undefined, undefined, 'unclear-scale']);
    expect(said(row(2, 'A', '甲', undefined, '7', 'USD'))).toEqual([undefined, undefined, 'wrong-currency']);
    expect(said(row(2, 'A', '甲', undefined, '7', 'KZT'))).toEqual([undefined, undefined, 'unclear-scale']);
    const unit = row(1, '项目编号', '项目名称', '投资额', '金额单位');
    expect(said(row(2, 'A', '甲', '5.2', '亿元'), unit)).toEqual(['520000000.00', undefined]);
    expect(said(row(2, 'A', '甲', '5.2亿', '万元'), unit)).toEqual(['520000000.00', undefined]);
    expect(findHeader([unit])?.unknown).toEqual([]);
  });

  it('takes the format of a number together with what the row says of its unit', () => {
    const said = (code: string, unit: string, header = '投资额') => {
      const data = row(2, 'A', '甲', undefined, unit);
      data.cells[2] = { kind: 'number', text: '5.2', unit: readNumberFormat(code).unit };
      const { fields, errors } = read(row(1, '项目编号', '项目名称', header, '币种'), data);
      return fields.estimatedInvestment?.value ?? errors[0]?.code;
    };
    expect(said('0.00"亿元"', '人民币')).toBe('520000000.00');
    expect(said('0.00"亿"', '人民币', '投资额（亿元）')).toBe('520000000.00');
    expect(said('"¥"0.00', '亿元')).toBe('520000000.00');
    expect(said('0.00"亿元"', '人民币', '投资额（人民币）')).toBe('520000000.00');
    expect(said('0.00"万美元"', '人民币')).toBe('unclear-scale');
    expect(said('0.00"万美元"', '美元')).toBe('unclear-scale');
    expect(said('0.00"万美元"', 'USD')).toBe('wrong-currency');
    expect(said('0%', '亿元')).toBe('unclear-scale');
    expect(said('0.00', '万元')).toBe('52000.00');
  });

  it('refuses what nobody could store or read', () => {
    const header = row(1, '项目编号', '项目名称', '投资企业', '行业');
    const { errors } = read(header, row(2, 'A', 'x\0y', '\ufffd', 'x'.repeat(4001)));
    expect(errors.map(({ code }) => code)).toEqual(['control-character', 'broken-text', 'too-long']);
    const { errors: others } = read(header, row(2, 'A', 'x\u0085y', 'x\uffff', '\ud800'));
    expect(others.map(({ code }) => code)).toEqual(['control-character', 'broken-text', 'broken-text']);
  });

  it('reads a text in the one spelling it is recorded in, blanks behind a disarming apostrophe too', () => {
    const header = row(1, '项目编号', '项目名称', '投资企业');
    expect(read(header, row(2, 'A', 'Cafe\u0301', "'\t甲")).fields).toEqual({
      code: 'A',
      title: 'Café',
      investor: '甲',
    });
  });

  it.each(['/', '待定', '无', '-', 'N/A'])('takes %s for a blank, but where it may be a name', (text) => {
    const header = row(1, '项目名称', '投资企业', '落地企业', '落地佐证', '责任单位', '责任人', '推介会', '项目编号');
    const { fields, errors } = read(header, row(2, ...Array<string>(8).fill(text)));
    expect(Object.keys(fields)).toEqual(['title', 'investor']);
    expect(errors.map(({ cell, code }) => [cell, code])).toEqual([['H2', 'identity-missing']]);
    // Written by an export of what somebody has recorded so.
    const exported = read(header, row(2, ...Array<string>(8).fill(disarm(text)))).fields;
    expect(Object.values(exported)).toEqual(Array(8).fill(text));
  });

  it('takes away the apostrophe of a disarmed formula', () => {
    const header = row(1, '项目编号', '项目名称', '投资企业');
    expect(read(header, row(2, "'-1", "'=A1", "'tis")).fields).toEqual({ code: '-1', title: '=A1', investor: "'tis" });
  });
});

describe('rows that are no projects', () => {
  const header = findHeader([row(1, '序号', '项目编号', '项目名称', '计划投资(元)')]);
  if (!header) throw new Error('no header');

  it.each([
    [['合计', undefined, '129个', '5']],
    [[undefined, '合 计', undefined, '5']],
    [['1', undefined, '克拉玛依市小计', '5']],
    [['总计（129个）']],
    [['共计1个项目', undefined, undefined, '5']],
    [['合计', '/', undefined, '5']],
    [['合计12项，总投资5亿元']],
    [[undefined, '小计 3 个']],
    [['Grand total', undefined, undefined, '5']],
    [['Total:']],
  ])('sums up: %j', (texts) => expect(isTotalRow(row(9, ...texts), header)).toBe(true));

  it.each([[['注：数据均为虚构']], [[undefined, '填表人：张三', '审核人：李四']], [['Note: all invented']]])(
    'remarks: %j',
    (texts) => {
      expect(isTextRow(row(9, ...texts), header)).toBe(true);
    },
  );

  it.each([
    [['1', 'A-1', '合计']],
    [['1', undefined, '统计中心项目', '5']],
    [['1', undefined, 'Total Energies', '5']],
    [['1', undefined, '累计5项专利产业化基地', '5']],
  ])('but not: %j', (texts) => {
    expect(isTotalRow(row(9, ...texts), header)).toBe(false);
    expect(isTextRow(row(9, ...texts), header)).toBe(false);
  });
});

describe('the header once more', () => {
  const names = ['项目编号', '项目名称', '投资企业'];
  const found = (...rows: TableRow[]) => {
    const header = findHeader(rows);
    if (!header) throw new Error('no header');
    return header;
  };
  const simple = found(row(1, '单位：元'), row(2, ...names, '投资额（万元）', '到位资金'));
  const double = found(
    row(1, ...names, '投资额', '资金情况', undefined),
    row(2, undefined, undefined, undefined, '亿元', '到位资金', '到位日期'),
  );
  const blank = undefined;

  it.each([
    [simple, [...names, '投资额（万元）', '到位资金']],
    [simple, [...names, '投资额\n(万元)', '到位资金']],
    [simple, [...names, '投资额（万元）']],
    [double, [...names, '投资额', '资金情况']],
    [double, [blank, blank, blank, '亿元', '到位资金', '到位日期']],
  ])('is recognised: %#', (header, texts) => expect(isHeaderAgain(row(9, ...texts), header)).toBe(true));

  it.each([
    [simple, [...names, '投资额（亿元）', '到位资金'], 'D9 "投资额（亿元）" is not the one above'],
    [simple, ['编号', '名称', blank, '投资额（亿元）'], 'A9 "编号" is not the one above'],
    [simple, [...names, '到位资金', '投资额（万元）'], 'D9 "到位资金" is not the one above'],
    [double, [...names, '投资额（万元）', '资金情况'], 'D9 "投资额（万元）" is not the one above'],
    [double, [blank, blank, blank, '万元', '到位资金', '到位日期'], 'D9 "万元" is not clear'],
    [double, [blank, blank, blank, 'KZT'], 'D9 "KZT" is not clear'],
    [simple, [blank, blank, blank, blank, '（元以上）'], 'E9 "（元以上）" is not clear'],
    [simple, ['单位：亿元'], 'A9 "单位：亿元" is not clear'],
    [simple, [blank, blank, '单位：万美元'], 'C9 "单位：万美元" is not clear'],
  ])('refuses another: %#', (header, texts, message) => {
    const read = () => isHeaderAgain(row(9, ...texts), header) || refuseOtherUnit(row(9, ...texts), header);
    expect(read).toThrow(message);
  });

  it.each([
    [simple, ['A-1', '甲', '乙', '5', '7万']],
    [simple, [blank, '甲', '乙', '5', '7万元']],
    [simple, [blank, '甲', '乙', '暂无', '待定']],
    [simple, ['单位：元']],
    [found(row(1, ...names, '投资额（亿元）')), ['单位：万元']],
  ])('is not: %#', (header, texts) => {
    expect(isHeaderAgain(row(9, ...texts), header)).toBe(false);
    expect(() => refuseOtherUnit(row(9, ...texts), header)).not.toThrow();
  });
});

it('names columns as spreadsheets do', () => {
  expect([0, 25, 26, 701, 702, 16_383].map(columnLetters)).toEqual(['A', 'Z', 'AA', 'ZZ', 'AAA', 'XFD']);
});

describe('a project as a row', () => {
  it('says what stands, and funds altogether', () => {
    const money = (value: string) => ({ value, currency: 'CNY', bound: 'exact' as const });
    const base = { title: 'T', investor: 'I', origin: '310000', prefecture: '650200', occurredOn: '2024-01-01' };
    const row = ledgerRowOf(
      {
        revision: 5,
        proposal: { ...base, programme: 'p', code: 'A-1' },
        investor: 'J',
        investorChanges: [{ revision: 5, occurredOn: '2024-06-02', investor: 'J' }],
        stage: 'investment-signed',
        status: 'active',
        responsibility: {},
        statusChanges: [],
        milestones: [
          { milestone: 'proposed', revision: 0, occurredOn: '2024-01-02' },
          {
            milestone: 'intent-signed',
            revision: 1,
            occurredOn: '2024-02-01',
            agreement: 'framework',
            amount: money('5.00'),
          },
          {
            milestone: 'investment-signed',
            revision: 2,
            occurredOn: '2024-03-01',
            agreement: 'investment',
            conference: 'k-24',
          },
          { milestone: 'funds-received', revision: 3, occurredOn: '2024-06-01', amount: money('1.10') },
          { milestone: 'funds-received', revision: 4, occurredOn: '2024-05-01', amount: money('2.20') },
        ],
      },
      '00000000-0000-4000-8000-000000000001',
    );
    expect(row).toEqual({
      id: '00000000-0000-4000-8000-000000000001',
      code: 'A-1',
      title: 'T',
      investor: 'J',
      origin: '310000',
      prefecture: '650200',
      conference: 'k-24',
      proposedOn: '2024-01-02',
      intentAgreement: 'framework',
      intentAmount: money('5.00'),
      intentSignedOn: '2024-02-01',
      investmentSignedOn: '2024-03-01',
      fundsReceived: money('3.30'),
      fundsReceivedOn: '2024-06-01',
      status: 'active',
    });
  });
});
