export { startLab, labKind } from './start-lab.ts';
export { startTokenEndpoint } from './token-endpoint.ts';

export type { Lab, LabHub, LabOptions } from './lab.ts';
export type { TokenEndpoint, TokenEndpointOptions } from './token-endpoint.ts';
