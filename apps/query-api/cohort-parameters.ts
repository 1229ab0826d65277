import { STAGES } from '../../libs/project/events';
import { Programme } from '../../libs/programme/programme';
import { Text } from '../../libs/project/refusal';
import { CohortFilter } from '../../libs/read-models/figures';
import { ProjectFilter } from '../../libs/read-models/projects.query';
import { badRequest, FieldProblem, Problem } from '../../libs/runtime/http/problem';
import { AfterParameter, AsOfParameters, Code, Day, Flag, FreeText, Month, OneOf } from './query-parameters';

const AGREEMENTS = ['intent', 'framework', 'investment'] as const;
const STATUSES = ['active', 'suspended', 'terminated'] as const;

const CONFERENCE = 'Conference credited: that of the first signing; for an unsigned project, where it was promoted.';

/** Which projects a list or an export shows. */
export class ProjectFilterParameters extends AfterParameter implements ProjectFilter {
  @OneOf(STAGES, 'Stage in which the project stands.')
  stage?: ProjectFilter['stage'];

  @OneOf(STATUSES, 'Status beside the stage.')
  status?: ProjectFilter['status'];

  @Code(CONFERENCE, 'karamay-2024')
  conference?: string;

  @Code('Region in which the project is built.', '650200')
  prefecture?: string;

  @Code('Partner that the investor comes from.', '310000')
  origin?: string;

  @Code('Cluster of the project.', 'oil-gas')
  cluster?: string;

  @OneOf(AGREEMENTS, 'The agreement in which the project counts now.')
  agreement?: ProjectFilter['agreement'];

  @Flag('Inside or outside the pairing of partner and region.')
  paired?: boolean;

  @FreeText(100, 'Part of title, code or investor; case does not matter.', '光伏')
  q?: string;

  @Day('First signing on this day or later.', '2024-05-01')
  signedFrom?: string;

  @Day('First signing on this day or earlier.')
  signedTo?: string;
}

/** Which projects a statistic counts, and as of when. */
export class CohortParameters extends AsOfParameters implements CohortFilter {
  @Code(CONFERENCE, 'karamay-2024')
  conference?: string;

  @Code('Region in which the project is built.', '650200')
  prefecture?: string;

  @Code('Partner that the investor comes from.', '310000')
  origin?: string;

  @Code('Cluster of the project.', 'oil-gas')
  cluster?: string;

  @OneOf(AGREEMENTS, 'The agreement in which the project counts.')
  agreement?: CohortFilter['agreement'];

  @OneOf(STAGES, 'Stage in which the project stands.')
  stage?: CohortFilter['stage'];

  @OneOf(STATUSES, 'Status beside the stage.')
  status?: CohortFilter['status'];

  @Flag('Inside or outside the pairing of partner and region.')
  paired?: boolean;

  @Month('First signing in this month or later.')
  signedFrom?: string;

  @Month('First signing in this month or earlier.', '2024-12')
  signedTo?: string;
}

const COHORT_FIELDS = [
  ...(['conference', 'prefecture', 'origin', 'cluster', 'agreement', 'stage', 'status', 'paired'] as const),
  ...(['signedFrom', 'signedTo'] as const),
];

/** The conditions among the parameters. @throws Problem for codes that the programme has never had, and for times that end before they begin */
export function cohortFilter(query: CohortParameters, programme: Programme): CohortFilter {
  check(query, programme);
  return pick(query, COHORT_FIELDS);
}

/** As {@link cohortFilter}. */
export function projectFilter(query: ProjectFilterParameters, programme: Programme): ProjectFilter {
  check(query, programme);
  return pick(query, [...COHORT_FIELDS, 'q']);
}

type Checked = Pick<CohortFilter, 'prefecture' | 'origin' | 'cluster' | 'signedFrom' | 'signedTo'>;

/** What is mistyped would count nothing and look like a figure. */
function check(query: Checked, programme: Programme): void {
  const { signedFrom, signedTo } = query;
  if (signedFrom !== undefined && signedTo !== undefined && signedFrom > signedTo) {
    throw badRequest('period', NO_PERIOD, 'signedFrom');
  }
  checkCodes(query, programme);
}

function checkCodes(query: Checked, programme: Programme): void {
  const kinds = { prefecture: 'place', origin: 'partner', cluster: 'cluster' } as const;
  const errors = Object.entries(kinds).flatMap(([field, kind]): FieldProblem[] => {
    const code = query[field as keyof typeof kinds];
    return code === undefined || programme.nameOf(kind, code) ? [] : [{ field, code: 'unknown-code', text: UNKNOWN }];
  });
  if (errors.length === 0) return;
  const fields = errors.map((error) => error.field).join(', ');
  const text = { zh: `未知编码：${fields}`, en: `unknown code: ${fields}` };
  throw new Problem({ status: 400, code: 'invalid-fields', text, errors });
}

const NO_PERIOD: Text = { zh: 'signedFrom 晚于 signedTo', en: 'signedFrom is after signedTo' };
const UNKNOWN: Text = { zh: '本项目库中没有这个编码', en: 'the programme has no such code' };

function pick<Source extends object, Key extends keyof Source>(
  source: Source,
  keys: readonly Key[],
): Partial<Pick<Source, Key>> {
  const given = keys.flatMap((key) => (source[key] === undefined ? [] : [[key, source[key]] as const]));
  return Object.fromEntries(given) as Partial<Pick<Source, Key>>;
}
