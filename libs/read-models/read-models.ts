import { conferences } from './conferences.read-model';
import { funnel } from './funnel.read-model';
import { milestones } from './milestones.read-model';
import { projects } from './projects.read-model';
import { ReadModel } from './read-model';

/** All read models, in the order in which a batch is written. A new one is a file and a line here. */
export const READ_MODEL_LIST: readonly ReadModel[] = [projects, milestones, funnel, conferences];
