import { openDraws } from '@unfold-zoo/data';

/** All events of a file of draws. */
export async function readDraws(path: string) {
  const file = await openDraws(path);
  try {
    return file.read(0, file.events);
  } finally {
    file.close();
  }
}
