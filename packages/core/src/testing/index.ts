export * from './gaussian-oracle.js';
