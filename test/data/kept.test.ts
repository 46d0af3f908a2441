import test from 'ava';

/** What this test sees of a class that no package exports, since only the readers of files use it. */
interface Kept {
  use(count: number): void;
  get<Taken>(key: string, make: () => Promise<Uint8Array>, take: (value: Uint8Array) => Taken): Promise<Taken>;
  leave(key: string): void;
  clear(): void;
}

type KeptClass = new (dropped?: (value: Uint8Array) => void) => Kept;
const url = new URL('tables/kept.js', import.meta.resolve('@unfold-zoo/data'));
const { Kept } = (await import(url.href)) as { readonly Kept: KeptClass };

const MiB = 2 ** 20;

/** Kept values of so many MiB each, by their keys, and which have been made and dropped. */
function keeping(megabytes: number): { kept: Kept; get(key: string): Promise<number>; made: string[]; held(): number } {
  const made: string[] = [];
  let bytes = 0;
  const kept = new Kept((value) => {
    bytes -= value.length;
  });
  const make = async (key: string): Promise<Uint8Array> => {
    made.push(key);
    bytes += megabytes * MiB;
    return new Uint8Array(megabytes * MiB); // never written, and so no memory of this machine
  };
  return {
    kept,
    made,
    get: (key) =>
      kept.get(
        key,
        () => make(key),
        (value) => value.length,
      ),
    held: () => bytes / MiB,
  };
}

async function getAll(get: (key: string) => Promise<number>, keys: string): Promise<void> {
  for (const key of keys) await get(key);
}

test.serial('32 MiB are kept of a file, and those that were used last', async (t) => {
  const { kept, get, made, held } = keeping(8);
  await getAll(get, 'abcd');
  t.is(held(), 32);
  await getAll(get, 'a' + 'e'); // b is the oldest now
  t.is(held(), 32);
  await getAll(get, 'acde');
  t.is(made.join(''), 'abcde');
  await get('b');
  t.is(made.join(''), 'abcdeb');
  kept.clear();
  t.is(held(), 0);
});

test.serial('what was left goes before what is older, unless it is used again', async (t) => {
  const { kept, get, made } = keeping(8);
  await getAll(get, 'abcd');
  kept.leave('c');
  kept.leave('d');
  await get('d');
  await get('e');
  await getAll(get, 'abde');
  t.is(made.join(''), 'abcde');
  kept.clear();
});

test.serial('as many are kept as are used in turn, up to 256 MiB', async (t) => {
  const { kept, get, made, held } = keeping(16);
  kept.use(10);
  await getAll(get, 'abcdefghij');
  await getAll(get, 'abcdefghij');
  t.is(made.length, 10);
  kept.use(100);
  for (let i = 0; i < 40; i++) {
    await get(`${i}`);
    t.true(held() <= 256);
  }
  t.is(held(), 256);
  kept.clear();
});

test.serial('what is larger than all that may be kept is given and not kept', async (t) => {
  const { get, made, held } = keeping(257);
  t.is(await get('a'), 257 * MiB);
  t.is(held(), 0);
  await get('a');
  t.is(made.length, 2);
});

test.serial(
  'of all files 128 MiB are kept beside the one that is read, which forgets the files that were read first',
  async (t) => {
    const files = Array.from({ length: 6 }, () => keeping(32));
    for (const { get } of files) await get('a');
    t.deepEqual(
      files.map(({ held }) => held()),
      [0, 0, 32, 32, 32, 32],
    );
    for (const { kept } of files) kept.clear();
    t.true(files.every(({ held }) => held() === 0));
  },
);

test.serial('two that ask for the same at once get it, and one is kept', async (t) => {
  const { kept, get, held } = keeping(8);
  t.deepEqual(await Promise.all([get('a'), get('a')]), [8 * MiB, 8 * MiB]);
  t.is(held(), 8);
  kept.clear();
});
