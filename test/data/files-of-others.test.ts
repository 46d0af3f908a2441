import { fileURLToPath } from 'node:url';
import { type Column, EventFile, loadTopology, type RawEvents } from '@unfold-zoo/data';
import test from 'ava';

// Files that h5py made of the same six events in many forms; see make_files.py beside them.
const folder = new URL('../../fixtures/files-of-others/', import.meta.url);
const topology = loadTopology(fileURLToPath(new URL('topology.yaml', folder)));

async function read(name: string): Promise<RawEvents> {
  const file = await EventFile.open(fileURLToPath(new URL(`${name}.h5`, folder)), topology);
  try {
    return file.read(0, file.size);
  } finally {
    file.close();
  }
}

const numbers = (column: Column | undefined): number[] => Array.from(column as ArrayLike<number>, Number);

/** All numbers of the events, whatever their type. */
function content({ momenta, groups }: RawEvents): Record<string, number[]> {
  const { pt, tag, lengths } = groups['jets']!;
  const met = groups['met']!['met'];
  return Object.fromEntries(Object.entries({ momenta, pt, tag, lengths, met }).map(([k, v]) => [k, numbers(v)]));
}

const READ = {
  'half precision': 'half-precision',
  'double precision': 'double-precision',
  'big-endian numbers': 'big-endian',
  'the filter lzf of h5py': 'lzf',
  'gzip with shuffle and fletcher32': 'gzip',
  'columns of shape (N, 1)': 'column-vectors',
  'integers of 64 bits': 'long-integers',
  'booleans, which are enumerations': 'booleans',
  'a mask of booleans': 'masks',
  'a mask of 0 and 255': 'masks-of-255',
  'one dataset with named columns for a group': 'table',
  'names padded with blanks': 'padded-names',
  'attributes of types that nobody needs': 'odd-attributes',
  'groups that hold one another': 'circles',
  'a virtual dataset, and one of virtual datasets': 'virtual',
  'a virtual dataset of numbered files': 'virtual-numbered-files',
  'a virtual dataset of numbered datasets': 'virtual-numbered-datasets',
  'a virtual dataset of its own file': 'virtual-of-itself',
};

for (const [what, name] of Object.entries(READ)) {
  test(`${what}: read as the same numbers`, async (t) => {
    t.deepEqual(content(await read(name)), content(await read('plain')));
  });
}

const REFUSED: Readonly<Record<string, RegExp>> = {
  bfloat16: /^invalid \/\S+ in .*: the file has floating-point numbers of 16 bits .* bfloat16, .*to float32$/,
  'long-double':
    /^invalid \/detector\/met\/met in .*: it holds floating-point numbers of 128 bits, .*astype\("float64"\)/,
  text: /^invalid \/detector\/met\/met in .*: it holds text, expected numbers/,
  records:
    /^invalid \/detector\/jets in .*: expected a group of datasets at \/detector\/jets, found a dataset; .*\(pt, tag/,
  'table-without-names': /: expected a group of datasets at \/detector\/jets, found a dataset; name the columns/,
  lists: /^invalid \/detector\/met\/met in .*: it holds lists of variable length, expected numbers/,
  references: /^invalid \/detector\/met\/met in .*: it holds references, expected numbers/,
  complex: /^invalid \/detector\/met\/met in .*: it holds .*, expected numbers/,
  'too-long-integers': /^invalid \/detector\/met\/met in .*: event 0 has 1152921504606846977, expected at most 2\^53/,
  'group-for-dataset': /: expected a dataset at \/detector\/met\/met, found a group$/,
  'dataset-for-all-groups': /: expected a group of datasets at \/detector, found a dataset; /,
  'masks-that-differ':
    /^invalid \/detector\/jets\/MASK in .*: event 1 has 3 objects, \/detector\/jets\/lengths says 1$/,
  'stored-outside':
    /^invalid \/detector\/met\/met.* in .*: it is stored in another file, .*outside\.raw, which is not read/,
  'link-outside': /^invalid \/detector\/met\/met in .*: it is stored in another file, sources\.h5, which is not read/,
  'link-to-nothing': /^missing \/moved\/met in .*: the link \/detector\/met\/met leads there$/,
  'unknown-filter': /^invalid \/detector\/met\/met in .*: it has the filter number 32777, .* h5repack -f GZIP=4/,
  'virtual-missing-file':
    /^missing file: .*moved\.h5 does not exist; the virtual dataset \/detector\/met\/met of .* is made/,
  'virtual-missing-dataset':
    /^missing \/moved in .*sources\.h5: the virtual dataset \/detector\/met\/met of .* is made of it$/,
  'virtual-short': /^missing events in .*: \/detector\/met\/met is virtual and has 6 numbers, its sources only 5$/,
};

for (const [name, message] of Object.entries(REFUSED)) {
  test(`refused by name, in one line: ${name}`, async (t) => {
    const { message: said } = (await t.throwsAsync(read(name), { name: 'UserError', message }))!;
    t.true(said.includes('.h5') && !said.includes('\n'));
  });
}

test('a walk through groups that hold one another ends', async (t) => {
  const path = fileURLToPath(new URL('circles.h5', folder));
  const file = await EventFile.open(path, topology);
  t.throws(() => file.read(0, 6, { extras: true }), {
    name: 'UserError',
    message: `invalid file: ${path} holds more than 4000 objects, or its groups hold one another`,
  });
  file.close();
  const other = loadTopology('semileptonic-ttbar');
  await t.throwsAsync(EventFile.open(path, other), { name: 'UserError', message: /^(missing|invalid) \/\S+ in / });
});

test('links that lead round in circles are refused', async (t) => {
  await t.throwsAsync(read('links-in-circles'), { name: 'UserError', message: /: its links lead round in circles$/ });
});

test('chunks that take more memory than there should be are refused', async (t) => {
  await t.throwsAsync(read('huge-chunks'), {
    name: 'UserError',
    message: /^invalid \/detector\/met\/met in .*: it is stored in chunks of 1024 MB, expected at most 256 MB/,
  });
});

test('attributes are text and numbers that are fit for JSON, others are left out', async (t) => {
  const path = fileURLToPath(new URL('odd-attributes.h5', folder));
  const file = await EventFile.open(path, topology);
  const attributes = JSON.parse(JSON.stringify(file.attributes()));
  file.close();
  t.deepEqual(attributes, { half: 1, count: 12, huge: '18446744073709551615', flag: 1 });
});
