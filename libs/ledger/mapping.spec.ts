import mappingFile from '../../deploy/mappings/uk-repd.json';
import { MappingError, parseMapping, RegisterMapping } from './mapping';
import { mapRecord } from './mapping-rules';
import { LedgerVocabulary } from './vocabulary';

const VOCABULARY: LedgerVocabulary = {
  currency: 'GBP',
  resolveRegion: (text) => ({ 'South West': 'south-west', unknown: 'unknown' })[text],
  resolvePartner: (text) => ({ England: 'england', unknown: 'unknown' })[text],
  resolveCluster: (text) => ({ Battery: 'battery' })[text],
};

const MAPPING = parseMapping(mappingFile, 'uk-repd.json');

const BATTERY = {
  'Ref ID': '7',
  'Site Name': 'Long Lane',
  'Operator (or Applicant)': 'Storage Ltd',
  'Technology Type': 'Battery',
  Region: 'South West',
  Country: 'England',
  'Planning Application Submitted': '05/01/2019',
  'Development Status (short)': 'Application Submitted',
};

function map(cells: Record<string, string>, mapping: RegisterMapping = MAPPING) {
  const { fields, errors, notes } = mapRecord(new Map(Object.entries(cells)), mapping, VOCABULARY);
  const said = (list: typeof notes) => list.map(({ code, field }) => `${code} ${field}`);
  return { fields, errors: said(errors), notes: said(notes) };
}

describe('a row of the register', () => {
  test('feeds the fields: codes resolved, dates as civil dates, a prefix', () => {
    expect(map(BATTERY)).toEqual({
      fields: {
        code: 'REPD-7',
        title: 'Long Lane',
        investor: 'Storage Ltd',
        origin: 'england',
        prefecture: 'south-west',
        cluster: 'battery',
        industry: 'Battery',
        proposedOn: '2019-01-05',
        status: 'active',
      },
      errors: [],
      notes: [],
    });
  });

  test('takes the first column that is not blank, the earliest date of several, and a constant where all are', () => {
    const { Region: _region, 'Operator (or Applicant)': _operator, ...cells } = BATTERY;
    const granted = { 'Planning Permission Granted': '03/04/2021', 'Appeal Granted': '02/12/2020' };
    expect(map({ ...cells, ...granted })).toMatchObject({
      fields: { investor: 'Long Lane', prefecture: 'unknown', investmentSignedOn: '2020-12-02' },
      notes: [],
    });
  });

  test('is taken by its words, also by those that every object knows', () => {
    const mapping = {
      ...MAPPING,
      fields: { ...MAPPING.fields, title: { first: ['Site Name'], values: { Lane: 'Road' } } },
    };
    expect(map({ ...BATTERY, 'Site Name': 'Lane' }, mapping).fields.title).toBe('Road');
    const odd = { ...BATTERY, 'Site Name': 'constructor', 'Development Status (short)': 'toString' };
    expect(map(odd, mapping)).toMatchObject({ fields: { title: 'constructor' }, notes: [] });
  });

  test('says what is implied: an operating plant without dates was permitted and landed when it began to operate', () => {
    const cells = { ...BATTERY, 'Development Status (short)': 'Operational', Operational: '01/05/2007' };
    expect(map(cells)).toMatchObject({
      fields: {
        investmentSignedOn: '2007-05-01',
        landedOn: '2007-05-01',
        operatingOn: '2007-05-01',
        legalEntity: 'Storage Ltd',
      },
      notes: ['implied investmentSignedOn', 'implied landedOn'],
    });
  });

  test('takes the date of its end from the column that its status names', () => {
    const refused = {
      'Planning Permission Refused': '01/02/2020',
      'Appeal Refused': '01/09/2020',
      'Record Last Updated (dd/mm/yyyy)': '09/09/2021',
    };
    const ends = (status: string) => map({ ...BATTERY, ...refused, 'Development Status (short)': status }).fields;
    expect(ends('Appeal Refused')).toMatchObject({
      status: 'terminated',
      statusSince: '2020-09-01',
      statusReason: 'Appeal Refused',
    });
    expect(ends('Abandoned')).toMatchObject({ status: 'terminated', statusSince: '2021-09-09' });
    expect(ends('Awaiting Construction')).not.toHaveProperty('statusSince');
  });

  test('notes a status that is not dated, and what it does not understand', () => {
    const cells = {
      ...BATTERY,
      'Development Status (short)': 'Under Construction',
      'Technology Type': 'Perpetuum mobile',
    };
    expect(map(cells)).toMatchObject({
      errors: ['cell-unclear cluster'],
      notes: ['date-unknown constructionStartedOn'],
    });
    expect(map({ ...BATTERY, 'Planning Application Submitted': '31/02/2019' }).errors).toEqual([
      'cell-unclear proposedOn',
    ]);
    expect(map({ ...BATTERY, 'Development Status (short)': 'Dreamt of' }).errors).toEqual(['cell-unclear status']);
  });
});

describe('a mapping', () => {
  const wrong = (change: object) => {
    try {
      parseMapping({ ...mappingFile, ...change }, 'a.json');
    } catch (error) {
      return error instanceof MappingError ? error.message : error;
    }
    return 'no error';
  };

  test('names every place that is wrong', () => {
    expect(wrong({ colour: 'red', format: { dates: 'dd.mm.yy' } })).toBe(
      'a.json: the file has the unknown key colour; format.dates must be equal to one of the allowed values',
    );
    expect(wrong({ fields: { code: { first: ['A'], constant: 'B' } } })).toContain(
      'fields.code must have exactly one of',
    );
    expect(wrong({ fields: { code: { first: ['A'] }, colour: { first: ['A'] } } })).toContain('fields');
    expect(wrong({ fields: { title: { first: ['A'] } } })).toContain("must have required property 'code'");
  });

  test('must not go round in circles', () => {
    const fields = {
      code: { first: ['A'] },
      landedOn: { impliedBy: ['operatingOn'] },
      operatingOn: [{ first: ['B'] }, { ifKnown: 'landedOn', first: ['C'] }],
    };
    expect(wrong({ fields })).toBe('a.json: fields.landedOn depends on itself; fields.operatingOn depends on itself');
  });
});
