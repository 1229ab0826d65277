import { defined, missing, Planning } from './import-planning';

/**
 * A ledger that says a terminated project goes on has to tell since when, not before the termination, and why: an older
 * ledger says the same of it, and brings nothing back. A full snapshot is the newest there is.
 */
export function checkReopening({ row, context, rehearsal }: Planning): void {
  const { status, statusSince, statusReason } = row;
  const { status: known, statusSince: terminatedOn = '' } = rehearsal.state ?? {};
  if (known !== 'terminated' || !status || status === 'terminated' || context.blankRevokes) return;
  if (statusReason && statusSince && statusSince >= terminatedOn) return;
  const text = {
    zh: `项目已于 ${terminatedOn} 终止；如已恢复，须填写状态原因和不早于终止日期的状态日期`,
    en: `the project was terminated on ${terminatedOn}; if it goes on, give the reason and a status date that is not before that`,
  };
  rehearsal.errors.push({ field: 'status', code: 'termination-stands', text });
}

/**
 * The other way round: an older ledger tells a termination that was revoked since. It ends no project again, unless it
 * says that this happened afterwards.
 */
export function checkTermination({ row, context, rehearsal }: Planning): void {
  const { status, statusSince } = row;
  const { reopenedOn, blankRevokes } = context;
  if (status !== 'terminated' || rehearsal.state?.status === 'terminated' || blankRevokes) return;
  if (!statusSince || !reopenedOn || statusSince >= reopenedOn) return;
  const text = {
    zh: `项目的终止已于 ${reopenedOn} 撤销；如再次终止，须填写不早于该日的状态日期`,
    en: `the termination of the project was revoked on ${reopenedOn}; if it ended again, give a status date that is not before that`,
  };
  rehearsal.errors.push({ field: 'status', code: 'termination-revoked', text });
}

/** Ends a suspension that the row says is over, before anything is recorded that needs an active project. */
export function resume({ row, rehearsal }: Planning): void {
  if (row.status !== 'active' || rehearsal.state?.status !== 'suspended') return;
  const { statusSince: occurredOn, statusReason: reason } = row;
  if (occurredOn && reason) rehearsal.carryOut({ type: 'Resume', data: { occurredOn, reason } });
  else rehearsal.errors.push(...missing({ statusSince: occurredOn, statusReason: reason }));
}

/** Suspends or terminates, after everything else the row says has been recorded. */
export function changeStatus({ row, rehearsal }: Planning): void {
  const { status, statusSince: occurredOn, statusReason: reason } = row;
  const { state } = rehearsal;
  if (!state || !status || status === 'active' || status === state.status) return;
  if (!occurredOn || !reason) {
    rehearsal.errors.push(...missing({ statusSince: occurredOn, statusReason: reason }));
    return;
  }
  rehearsal.carryOut({ type: status === 'suspended' ? 'Suspend' : 'Terminate', data: { occurredOn, reason } });
}

/** The unit and person in charge; a new unit without a person has none. */
export function assignResponsibility({ row, rehearsal }: Planning): void {
  const known = rehearsal.state?.responsibility ?? {};
  const unit = row.responsibleUnit ?? known.unit;
  const person = row.responsiblePerson ?? (unit === known.unit ? known.person : undefined);
  if (unit === known.unit && person === known.person) return;
  if (unit) rehearsal.carryOut({ type: 'AssignResponsibility', data: { unit, ...defined({ person }) } });
  else rehearsal.errors.push(...missing({ responsibleUnit: unit }));
}
