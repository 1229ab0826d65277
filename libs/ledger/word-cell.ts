import { Agreement, IntentAgreement, Status } from '../project/events';
import { CellResult, plain, unreadable, value } from './cell-result';
import { TableCell } from './table';

const INTENT_WORDS: Record<IntentAgreement, readonly string[]> = {
  intent: [
    '意向',
    '意向协议',
    '意向书',
    '意向合同',
    '投资意向',
    '投资意向书',
    '合作意向',
    '合作意向书',
    'intent',
    'letter of intent',
    'loi',
  ],
  framework: [
    '框架',
    '框架协议',
    '合作框架协议',
    '战略框架协议',
    '战略合作框架协议',
    '战略合作协议',
    'framework',
    'framework agreement',
  ],
};

export const AGREEMENT_WORDS: Record<Agreement, readonly string[]> = {
  investment: [
    '投资协议',
    '投资',
    '投资合同',
    '正式协议',
    '正式合同',
    '合同',
    'investment',
    'investment agreement',
    'contract',
  ],
  ...INTENT_WORDS,
};

export const STATUS_WORDS: Record<Status, readonly string[]> = {
  active: ['正常', '推进中', '正常推进', '进行中', '正常运行', 'active'],
  suspended: ['暂停', '中止', '停工', '搁置', 'suspended', 'paused'],
  terminated: ['终止', '已终止', '解约', '已解约', '取消', 'terminated', 'cancelled', 'canceled'],
};

/** The first word of each list is the one exports write. */
export const INTENT_LABELS: Record<IntentAgreement, { zh: string; en: string }> = {
  intent: { zh: '意向协议', en: 'intent' },
  framework: { zh: '框架协议', en: 'framework' },
};

export const STATUS_LABELS: Record<Status, { zh: string; en: string }> = {
  active: { zh: '正常', en: 'active' },
  suspended: { zh: '暂停', en: 'suspended' },
  terminated: { zh: '终止', en: 'terminated' },
};

export const readIntent = reader(INTENT_WORDS);
export const readAgreement = reader(AGREEMENT_WORDS);
export const readStatus = reader(STATUS_WORDS);

/** Reads one of a few words in either language, whatever their case and spacing. */
function reader<T extends string>(words: Record<T, readonly string[]>): (cell: TableCell) => CellResult<T> {
  const byWord = new Map<string, T>();
  for (const [meaning, list] of Object.entries(words) as [T, readonly string[]][]) {
    for (const word of list) byWord.set(normalised(word), meaning);
  }
  const examples = Object.values<readonly string[]>(words).map((list) => ({
    zh: list[0],
    en: list.find((word) => /^[a-z]/.test(word)),
  }));
  const zh = examples.map((example) => example.zh).join('、');
  const en = examples.map((example) => example.en).join(', ');
  return (cell) => {
    const meaning = byWord.get(normalised(cell.text));
    if (meaning !== undefined) return value(meaning);
    return unreadable('unknown-word', `“${cell.text}”不在可选值内：${zh}`, `"${cell.text}" is none of: ${en}`);
  };
}

function normalised(text: string): string {
  return plain(text).toLowerCase().replace(/\s+/g, '');
}
