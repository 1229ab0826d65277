import { RecordedEvent } from '../../libs/event-store/event-store';
import { projectDecider } from '../../libs/project/decider';
import { stageOf } from '../../libs/project/milestone-order';
import { ProjectState } from '../../libs/project/state';
import { AsOf } from '../../libs/read-models/figures';

/** What projects were, folded and cut off by hand. */
export function statesAt(
  events: readonly RecordedEvent[],
  { validOn = '2999-12-31', knownAt = '2999' }: AsOf,
): ProjectState[] {
  const states = new Map<string, ProjectState>();
  for (const { stream, type, data, metadata } of events) {
    if (metadata.recordedAt > knownAt) continue;
    const event = projectDecider.upcast({ type, schemaVersion: metadata.schemaVersion, data });
    states.set(stream, projectDecider.evolve(states.get(stream), event));
  }
  return [...states.values()].map((state) => until(state, validOn)).filter(({ milestones }) => milestones.length > 0);
}

function until(state: ProjectState, day: string): ProjectState {
  const happened = ({ occurredOn }: { occurredOn: string }) => occurredOn <= day;
  const milestones = state.milestones.filter(happened).map(({ revisions, ...milestone }) => ({
    ...milestone,
    ...(revisions && { revisions: revisions.filter(happened) }),
  }));
  const status = state.statusChanges.filter(happened).at(-1)?.status ?? 'active';
  return {
    ...state,
    milestones,
    stage: stageOf(milestones),
    status,
    investorChanges: state.investorChanges.filter(happened),
  };
}
