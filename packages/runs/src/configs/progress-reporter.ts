import { component, defineService, Reporter } from '@unfold-zoo/core';
import { z } from 'zod';

/** What shows the progress of a training to the user of a program; the program gives it to the run. */
export const ProgressDisplay = defineService<Reporter>('ProgressDisplay');

/** The reporter `progress`: hands everything on to the program's display. */
export const progressReporter = component(Reporter, 'progress', {
  description: 'A progress bar with the rate, the time left and the loss, in programs that show one.',
  options: z.object({}),
  inject: [ProgressDisplay],
  create: (_, display) => display,
});
