import { basename } from 'node:path';
import { jsonSchema } from '@unfold-zoo/core/config';
import { writeFileAtomically } from '@unfold-zoo/core/files';
import { loadedCatalogue, type PluginOptions } from '../loaded-catalogue.js';

/** `unfold schema`: what editors need to complete and check configs. */
export async function schemaCommand({ out, ...plugins }: PluginOptions & { readonly out?: string }): Promise<void> {
  const text = `${JSON.stringify(jsonSchema(await loadedCatalogue(plugins)), null, 2)}\n`;
  if (out === undefined) {
    process.stdout.write(text);
    return;
  }
  writeFileAtomically(out, text);
  process.stderr.write(
    `wrote ${out}; begin a config beside it with # yaml-language-server: $schema=./${basename(out)}\n`,
  );
}
