export { IdentityCodec, identityCodec } from './identity-codec.js';
export { default } from './plugin.js';
