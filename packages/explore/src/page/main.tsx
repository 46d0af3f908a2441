import { start } from './app.js';

// What the pages of a server begin with.
start();
