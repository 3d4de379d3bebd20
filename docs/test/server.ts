/// <reference types="node" />
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildAspNetCore } from '../../e2e/aspnetcore/build.ts';
import { type Block, blocksOf, pages } from '../tools/blocks.ts';

export const csharp: Block[] = pages.flatMap(blocksOf).filter(({ language }) => language === 'cs');

const tokenRefresh = join(import.meta.dirname, '../../examples/aspnetcore/TokenRefresh.cs');

/** What blocks may use without saying where it comes from, as an editor would add it. */
const usings = [
  'Microsoft.AspNetCore.Authentication',
  'Microsoft.AspNetCore.Authentication.BearerToken',
  'Microsoft.AspNetCore.Authentication.Cookies',
  'Microsoft.AspNetCore.Authorization',
  'Microsoft.AspNetCore.Identity',
  'Microsoft.AspNetCore.SignalR',
  'System.Runtime.CompilerServices',
];

const project = `<Project Sdk="Microsoft.NET.Sdk.Web">
  <PropertyGroup>
    <TargetFramework>net10.0</TargetFramework>
    <Nullable>enable</Nullable>
    <ImplicitUsings>enable</ImplicitUsings>
    <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
    <InvariantGlobalization>true</InvariantGlobalization>
    <SatelliteResourceLanguages>en</SatelliteResourceLanguages>
    <NuGetAudit>false</NuGetAudit>
  </PropertyGroup>
  <ItemGroup>
    ${usings.map((name) => `<Using Include="${name}" />`).join('\n    ')}
    <Compile Include="${tokenRefresh}" />
    <PackageReference Include="Microsoft.AspNetCore.Authentication.JwtBearer" Version="8.0.30" />
    <PackageReference Include="Microsoft.IdentityModel.Protocols.OpenIdConnect" Version="8.16.0" />
  </ItemGroup>
</Project>
`;

/** A whole program stands as it is, declarations get a namespace, statements a method; each line keeps its place in the page. */
function sourceOf({ page, line, code, file }: Block, index: number): string {
  const place = `#line ${line} "${join(import.meta.dirname, '../..', page)}"\n`;
  if (file.endsWith('/Program.cs')) return place + code;
  return /^(public|internal) /m.test(code)
    ? `namespace Block${index};\n${place}${code}`
    : `internal static class Block${index} { static void Run(WebApplicationBuilder builder, WebApplication app) {\n${place}${code}\n} }`;
}

/** Builds all blocks as one program, if they have changed; returns its path. The error names page and line. */
export function buildBlocks(): Promise<string> {
  const folder = join(import.meta.dirname, '../.blocks/aspnetcore');
  const files = new Map([['Docs.csproj', project]]);
  csharp.forEach((block, index) => files.set(`Block${index}.cs`, sourceOf(block, index)));
  mkdirSync(folder, { recursive: true });
  for (const name of readdirSync(folder)) if (/\.cs(proj)?$/.test(name) && !files.has(name)) rmSync(join(folder, name));
  for (const [name, text] of files) write(join(folder, name), text);
  return buildAspNetCore({ folder, name: 'Docs', linked: [tokenRefresh] });
}

/** A file that stays as it was is not built again. */
function write(file: string, text: string): void {
  try {
    if (readFileSync(file, 'utf8') === text) return;
  } catch {
    // It is not there yet.
  }
  writeFileSync(file, text);
}

export interface RunningServer {
  readonly url: string;
  log(): string;
  stop(): Promise<void>;
}

/** The Program.cs of docs/server/aspnetcore.md. */
export async function startProgram(program: string, settings: Record<string, string>): Promise<RunningServer> {
  const options = Object.entries({ urls: 'http://127.0.0.1:0', ...settings }).flatMap(([name, value]) => [
    `--${name}`,
    value,
  ]);
  const server: ChildProcess = spawn('dotnet', [program, ...options]);
  let log = '';
  const url = await new Promise<string>((resolve, reject) => {
    const hear = (data: Buffer): void => {
      log += data.toString();
      const listening = /Now listening on: (\S+)/.exec(log);
      if (listening) resolve(listening[1]!);
    };
    server.stdout?.on('data', hear);
    server.stderr?.on('data', hear);
    server.once('exit', () => reject(new Error(`The server has ended:\n${log}`)));
  });
  return {
    url,
    log: () => log,
    async stop() {
      const ended = once(server, 'exit');
      server.kill('SIGKILL');
      await ended;
    },
  };
}
