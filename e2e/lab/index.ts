export { startLab, labKind } from './start-lab.ts';
export { startTokenEndpoint } from './token-endpoint.ts';
export { buildAspNetCoreLab } from './aspnetcore-build.ts';

export type {
  Lab,
  LabCall,
  LabConnection,
  LabDisconnect,
  LabFacts,
  LabHub,
  LabJoin,
  LabJoins,
  LabKind,
  LabOptions,
  LabRequest,
  LabTokenRequest,
} from './lab.ts';
export type { TokenEndpoint, TokenEndpointOptions } from './token-endpoint.ts';
