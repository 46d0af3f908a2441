import { definePlugin } from '@unfold-zoo/core';
import { flowMatching } from './flow-matching.js';

export { FlowMatching, type FlowMatchingOptions, flowMatching } from './flow-matching.js';
export { integrate, type Velocity } from './integrate.js';
export { VelocityNetwork, type VelocityNetworkSize } from './velocity-network.js';

/** What a config loads with `plugins: ["unfold-flow-matching"]`. */
export default definePlugin({ name: 'unfold-flow-matching', version: '0.1.0' }, [flowMatching]);
