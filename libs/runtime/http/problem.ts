import { Text } from '../../project/refusal';

/** One wrong field: a path as in JSON (`amount.value`, `evidence[0].kind`), a stable code, and what is wrong with it. */
export interface FieldProblem {
  field: string;
  code: string;
  text: Text;
}

export interface ProblemDetail {
  /** 400 to 599. */
  status: number;
  /** Stable and machine-readable; the last part of the problem's `type`. */
  code: string;
  text: Text;
  errors?: readonly FieldProblem[];
  /** Further headers of the answer, such as `WWW-Authenticate`. */
  headers?: Record<string, string>;
}

/** An error that says itself how it is answered over HTTP. Throw it from a controller, guard or pipe. */
export class Problem extends Error {
  override readonly name = 'Problem';
  constructor(readonly detail: ProblemDetail) {
    super(detail.text.en);
  }
}

/** 404 for a thing that is named in the address. */
export function notFound(text: Text): Problem {
  return new Problem({ status: 404, code: 'not-found', text });
}

/** 400 for something wrong in the query, the headers or the address. `field` names it, as in `?limit`. */
export function badRequest(code: string, text: Text, field?: string): Problem {
  const errors = field === undefined ? undefined : [{ field, code, text }];
  return new Problem({ status: 400, code, text, ...(errors && { errors }) });
}

export function forbidden(code: string, text: Text): Problem {
  return new Problem({ status: 403, code, text });
}
