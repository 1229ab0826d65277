import { normalText } from '../project/normal-text';
import { TableCell } from './table';

/** A cell of text, in the spelling it is recorded in; a cell of blanks is none. What is too long is cut and marked. */
export function textCell(text: string, longest: number): TableCell | undefined {
  const normal = normalText(text);
  if (normal === '') return undefined;
  if (normal.length > longest) {
    const problem = { zh: `内容超过 ${longest} 个字符`, en: `more than ${longest} characters` };
    return { kind: 'text', text: `${normal.slice(0, 100)}…`, problem: { code: 'too-long', text: problem } };
  }
  return { kind: 'text', text: normal };
}
