export { IdentityCodec, identityCodec } from './identity-codec.js';
