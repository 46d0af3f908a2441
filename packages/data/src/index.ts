export * from './raw-events.js';
export * from './topology.js';
