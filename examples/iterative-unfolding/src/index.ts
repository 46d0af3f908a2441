import { definePlugin } from '@unfold-zoo/core';
import { iterativeUnfolding } from './iterative-unfolding.js';

export { IterativeUnfolding, type IterativeUnfoldingOptions, iterativeUnfolding } from './iterative-unfolding.js';
export { type JetColumns, jetColumns, trijetPt } from './trijet.js';

/** What a config loads with `plugins: ["unfold-iterative-unfolding"]`. */
export default definePlugin({ name: 'unfold-iterative-unfolding', version: '0.1.0' }, [iterativeUnfolding]);
