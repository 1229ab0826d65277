export type Language = 'zh' | 'en';

/** The language of the two we speak that the reader prefers, from `Accept-Language`; English when neither is asked for. */
export function preferredLanguage(header: string | undefined): Language {
  let best: { language: Language; quality: number } = { language: 'en', quality: 0 };
  for (const part of (header ?? '').slice(0, 200).split(',')) {
    const [tag = '', ...parameters] = part.trim().toLowerCase().split(';');
    const language = tag.startsWith('zh') ? 'zh' : tag.startsWith('en') ? 'en' : undefined;
    const written = parameters.map((parameter) => parameter.trim()).find((parameter) => parameter.startsWith('q='));
    const quality = written ? Number(written.slice(2)) : 1;
    if (language && quality > best.quality) best = { language, quality };
  }
  return best.language;
}
