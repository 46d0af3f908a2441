import { localRank } from '@unfold-zoo/core/workers';
import { visibleDevice } from '@unfold-zoo/engines';
import test from 'ava';

test('a process under a launcher takes the GPU of its local rank, in turn if there are too few', (t) => {
  const launchers = ['UNFOLD_LOCAL_RANK', 'OMPI_COMM_WORLD_LOCAL_RANK', 'MPI_LOCALRANKID', 'SLURM_LOCALID'];
  for (const name of launchers) {
    t.is(localRank({ [name]: '2' }), 2);
    t.is(visibleDevice({ [name]: '2' }, 4), '2');
    t.is(visibleDevice({ [name]: '5' }, 4), '1');
    t.is(visibleDevice({ [name]: '2' }, 0), '2', 'where nvidia-smi does not say how many there are');
  }
  t.is(localRank({}), undefined);
  t.is(visibleDevice({}, 4), '0');
});

test('a GPU is chosen among those that CUDA_VISIBLE_DEVICES shows', (t) => {
  const shown = (value: string, rank = '1') => ({ CUDA_VISIBLE_DEVICES: value, SLURM_LOCALID: rank });
  t.is(visibleDevice(shown('4,6'), 8), '6');
  t.is(visibleDevice(shown('GPU-aaaa, GPU-bbbb'), 8), 'GPU-bbbb');
  t.is(visibleDevice(shown('3', '2'), 8), '3', 'Slurm showed each task its own');
  t.is(visibleDevice(shown(''), 8), '', 'hidden on purpose');
  t.is(visibleDevice(shown('-1'), 8), '-1', 'hidden on purpose');
});

test('the option gpu counts among the visible GPUs, goes before the local rank and is refused beyond the last', (t) => {
  t.is(visibleDevice({ CUDA_VISIBLE_DEVICES: '4,6', SLURM_LOCALID: '0' }, 8, 1), '6');
  t.is(visibleDevice({}, 2, 1), '1');
  t.throws(() => visibleDevice({ CUDA_VISIBLE_DEVICES: '4,6' }, 8, 2), {
    name: 'UserError',
    message: 'invalid engine.gpu 2: there are 2 GPUs, from 0 (CUDA_VISIBLE_DEVICES is "4,6")',
  });
  t.throws(() => visibleDevice({}, 2, 7), { message: /there are 2 GPUs, from 0 \(nvidia-smi says so\)/ });
});
