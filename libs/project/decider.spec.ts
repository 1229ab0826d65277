import { Decider } from '../event-store/decider';
import { ProjectCommand } from './commands';
import { projectDecider } from './decider';
import { ProjectEvent } from './events';
import { DecisionContext } from './programme-facts';
import { ProjectState } from './state';

test('it fits the port', () => {
  const fits: Decider<ProjectState, ProjectCommand, ProjectEvent, DecisionContext> = projectDecider;
  expect(fits.versionOf('ProjectProposed')).toBe(2);
});
