import type { ExportedContent } from '@unfold-zoo/explore/exported';
import { start } from '../app.js';
import { answerWith } from '../parts/ask.js';
import { linkTo } from '../parts/place.js';
import { readText } from './blocks.js';
import { ExportedAnswers } from './exported-answers.js';

// What an exported page begins with.
const content = JSON.parse(await readText('content')) as ExportedContent;
answerWith(new ExportedAnswers(content, await readText('binning')));
const [first] = Object.keys(content.runs);
// What a link to the file alone shows: an event, drawn for.
if (location.hash === '' && first !== undefined) history.replaceState(null, '', linkTo('event', { runs: first }));
start();
