import { remarkOf } from './import-remark';
import { RowResult } from './import-report';

test('a remark names the cell, or the column where the file has none', () => {
  const text = { zh: '必填', en: 'is required' };
  const result: RowResult = {
    sheet: 'S',
    row: 2,
    outcome: 'refused',
    commands: [],
    errors: [
      { field: 'investor', cell: 'C2', code: 'required', text },
      { field: 'origin', code: 'required', text },
      { code: 'conflict', text: { zh: '项目正被他人修改', en: 'others keep writing to this project' } },
    ],
    notes: [],
  };
  expect(remarkOf(result, 'zh')).toEqual({ row: 2, text: '拒绝; C2: 必填; 来源省市: 必填; 项目正被他人修改' });
  expect(remarkOf(result, 'en').text).toBe(
    'refused; C2: is required; Origin: is required; others keep writing to this project',
  );
});
