import { TableCell } from './table';

/** A cell of text: trimmed, line breaks as `\n`; a cell of blanks is none. What is too long is cut and marked. */
export function textCell(text: string, longest: number): TableCell | undefined {
  const trimmed = text.trim();
  if (trimmed === '') return undefined;
  if (trimmed.length > longest) {
    const problem = { zh: `内容超过 ${longest} 个字符`, en: `more than ${longest} characters` };
    return { kind: 'text', text: `${trimmed.slice(0, 100)}…`, problem: { code: 'too-long', text: problem } };
  }
  return { kind: 'text', text: trimmed.includes('\r') ? trimmed.replace(/\r\n?/g, '\n') : trimmed };
}
