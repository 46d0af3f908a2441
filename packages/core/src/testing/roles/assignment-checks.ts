import type { Assignment } from '../../contracts/model/assignment.js';
import { scaledWidth } from '../../events/scaling.js';
import { type Check, check, claim } from '../check.js';
import { NormalModel } from '../normal-model.js';
import { assignedSetting, type Make } from '../setting.js';
import { generativeModelChecks } from './generative-model-checks.js';

/** What an `Assignment` must do. It is made for events of two quarks and a boson, `assignedSetting`. */
export function assignmentChecks(make: Make<Assignment>): Check[] {
  return [
    check('a model behind it sees the inputs of the events, and others, each with its scaling', () => {
      const setting = assignedSetting();
      const { spec, scaling } = make(setting);
      for (const [name, input] of Object.entries(setting.spec.inputs))
        claim(spec.inputs[name] === input, `input "${name}" is another behind the assignment, or none`);
      for (const [name, { features }] of Object.entries(spec.inputs)) {
        const scaled = scaling.inputs[name]?.mean.length;
        claim(scaled === features.length, `input "${name}" has ${features.length} features, and ${scaled} are scaled`);
      }
    }),
    ...generativeModelChecks(
      (setting) => {
        const { spec, scaling, ...assignment } = make(setting);
        return assignment.assign(new NormalModel(scaledWidth(scaling), spec, setting.rng.fork('inner')));
      },
      [assignedSetting],
    ),
  ];
}
