import { Text } from '../project/refusal';
import { columnName } from './column-name';
import { RowOutcome, RowResult } from './import-report';
import { RowRemark } from './report-workbook';

const OUTCOMES: Record<RowOutcome, Text> = {
  created: { zh: '新增', en: 'created' },
  changed: { zh: '变更', en: 'changed' },
  unchanged: { zh: '不变', en: 'unchanged' },
  refused: { zh: '拒绝', en: 'refused' },
};

/** What the workbook of errors says of a row: `refused; F17: may not be after today; Origin: is required`. */
export function remarkOf({ row, outcome, commands, errors, notes }: RowResult, language: keyof Text): RowRemark {
  const said = [...errors, ...notes].map(({ cell, field, text }) => {
    const place = cell ?? (field && columnName(field)[language]);
    return place ? `${place}: ${text[language]}` : text[language];
  });
  return { row, text: [OUTCOMES[outcome][language], ...commands, ...said].join('; ') };
}
