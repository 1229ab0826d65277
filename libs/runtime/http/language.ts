import { qualities } from './qualities';

export type Language = 'zh' | 'en';

/** The language of the two we speak that the reader prefers, from `Accept-Language`; English when neither is asked for. */
export function preferredLanguage(header: string | undefined): Language {
  let best: { language: Language; quality: number } = { language: 'en', quality: 0 };
  for (const { value, quality } of qualities(header)) {
    const language = value.startsWith('zh') ? 'zh' : value.startsWith('en') ? 'en' : undefined;
    if (language && quality > best.quality) best = { language, quality };
  }
  return best.language;
}
