// What became of the invented projects by the end of March 2025: invented too, in shares as such reports have them.
import { addDays, randomFrom, SIGNED_ON } from './sample-projects.mjs';

export const AS_OF = '2025-03-31';

const SEED = 20_250_336;

const REASONS = ['投资方战略调整（示例）', '用地条件未落实（示例）', '市场价格变化，双方协商解除（示例）'];

/** Rows of the follow-up: all investment agreements that moved, and intents that came to nothing or to an investment agreement. */
export function progressOf(projects) {
  const random = randomFrom(SEED);
  return projects
    .map((project) => ({ code: project.code, title: project.title, ...progress(project, random) }))
    .filter(moved);
}

function moved(row) {
  return row.investmentSignedOn ?? row.landedOn ?? row.constructionStartedOn ?? row.funds ?? row.status;
}

function progress(project, random) {
  const fate = random.next();
  if (project.agreement !== 'investment') return intentProgress(project, fate, random);
  if (fate < 0.05) return ended('终止', SIGNED_ON, random);
  if (fate < 0.28) return {};
  // Some start to build, or pay, before the company is registered: both are reported.
  if (fate < 0.33) return started(project, SIGNED_ON, random);
  const landedOn = within(SIGNED_ON, 20, 240, random);
  const landed = {
    landedOn,
    legalEntity: legalEntity(project),
    landingEvidence: `营业执照 示例-落地-${project.code.slice(-3)}`,
  };
  if (fate < 0.52) return { ...landed, ...(random.next() < 0.4 ? fundsUntil(project, landedOn, 0.12, random) : {}) };
  if (fate < 0.56) return { ...landed, ...ended('暂停', landedOn, random) };
  return {
    ...landed,
    ...started(project, landedOn, random),
    ...(fate > 0.9 ? operating(project, landedOn, random) : {}),
  };
}

function intentProgress(project, fate, random) {
  if (fate < 0.09) return ended('终止', SIGNED_ON, random);
  return fate > 0.94 ? upgraded(project, fate) : {};
}

/** Signed for good: mostly for somewhat less than was intended. */
function upgraded({ amount }, fate) {
  const investmentSignedOn = addDays(SIGNED_ON, Math.round(fate * 200) - 60);
  return { investmentSignedOn, investmentAmount: Math.round((amount * fate) / 100) * 100 };
}

function started(project, after, random) {
  const constructionStartedOn = within(after, 10, 110, random);
  return { constructionStartedOn, ...fundsUntil(project, constructionStartedOn, 0.55, random) };
}

/** Quick ones: existing buildings, machines moved in. */
function operating(project, landedOn, random) {
  const constructionStartedOn = addDays(landedOn, random.between(5, 30));
  const operatingOn = within(constructionStartedOn, 60, 120, random);
  return {
    constructionStartedOn,
    operatingOn,
    operationEvidence: `竣工验收报告 示例-投产-${project.code.slice(-3)}`,
    funds: Math.round((project.amount * random.between(80, 100)) / 100),
    fundsOn: AS_OF,
  };
}

function fundsUntil(project, after, most, random) {
  const share = most * (0.15 + 0.85 * random.next());
  return {
    funds: Math.round(project.amount * share),
    fundsOn: after > '2025-02-28' ? AS_OF : within(after, 15, 200, random),
  };
}

function ended(status, after, random) {
  return { status, statusSince: within(after, 60, 300, random), statusReason: random.pick(REASONS) };
}

function legalEntity({ prefecture, investor }) {
  const [, name] = /^.*?(\p{Script=Han}{4})（虚构）有限公司$/u.exec(investor);
  return `${prefecture}${name}（虚构）有限公司`;
}

/** A day so long after the other one, but not after the ledger's own day. */
function within(after, least, most, random) {
  const date = addDays(after, random.between(least, most));
  return date > AS_OF ? AS_OF : date;
}
