import { definePlugin } from '@unfold-zoo/core';
import { andersonDarlingMetric } from './anderson-darling.js';
import { attentionPooling } from './attention-pooling.js';

export { andersonDarling, andersonDarlingMetric } from './anderson-darling.js';
export { AttentionPooling, type AttentionPoolingSize, attentionPooling } from './attention-pooling.js';

/** What a config loads with `plugins: ["unfold-metric-and-encoder"]`. */
export default definePlugin({ name: 'unfold-metric-and-encoder', version: '0.1.0' }, [
  andersonDarlingMetric,
  attentionPooling,
]);
