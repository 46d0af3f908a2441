import { doctor } from '@unfold-zoo/engines';

const MARKS = { found: '✔', missing: '·', broken: '✘' } as const;

/** `unfold doctor`. */
export async function doctorCommand({ json = false }: { readonly json?: boolean }): Promise<void> {
  const diagnosis = await doctor();
  if (json) {
    process.stdout.write(`${JSON.stringify(diagnosis, null, 2)}\n`);
    return;
  }
  const { cores, memoryGiB, findings } = diagnosis;
  const lines = findings.flatMap(({ topic, status, detail, advice }) => [
    `${MARKS[status]} ${topic}: ${detail}`,
    ...(advice ? [`    ${advice}`] : []),
  ]);
  process.stdout.write(`${[`${cores} cores, ${memoryGiB.toFixed(1)} GiB of memory`, ...lines].join('\n')}\n`);
}
