import type { ParameterType } from '../api/options.ts';
import { HubException } from '../api/errors.ts';
import { exception, invalidData } from '../wire/exceptions.ts';

/** What a method takes: refuses with the texts of ASP.NET Core's argument binder. */
export interface Parameters {
  /** While the message is read, before anybody asks who may call. @param bindingError the protocol's text for a wrong type */
  checkArguments(args: readonly unknown[], uploads: number, bindingError: (position: number) => string): void;
  /** Just before the call. */
  checkUploads(uploads: number): void;
}

/** @param least how many arguments, uploads included, where nobody declared them; rest and default parameters make it a lower bound */
export function parametersOf(declared: number | readonly ParameterType[] | undefined, least: number): Parameters {
  return typeof declared === 'object' ? typed(declared) : counted(declared ?? least, declared ?? Infinity);
}

/** An upload cannot be told from an argument here, so they count together. */
function counted(least: number, most: number): Parameters {
  return {
    checkArguments(args, uploads) {
      const count = args.length + uploads;
      if (count < least || count > most) throw wrongCount(count, least);
    },
    checkUploads: () => undefined,
  };
}

function typed(declared: readonly ParameterType[]): Parameters {
  const types = declared.filter((type) => type !== 'stream');
  const streams = declared.length - types.length;
  return {
    checkArguments(args, _uploads, bindingError) {
      if (args.length !== types.length) throw wrongCount(args.length, types.length);
      const wrong = types.findIndex((type, index) => !fits(args[index], type));
      if (wrong === -1) return;
      const hint = 'Make sure that the types of the provided values match the types of the hub method being invoked.';
      throw invalidData(`${bindingError(wrong + 1)} ${hint}`);
    },
    checkUploads(uploads) {
      if (uploads === streams) return;
      throw new HubException(`Client sent ${uploads} stream(s), Hub method expects ${streams}.`);
    },
  };
}

function wrongCount(provided: number, expected: number): Error {
  return invalidData(`Invocation provides ${provided} argument(s) but target expects ${expected}.`);
}

/** As the serializer of .NET binds: a reference may be null, a value may not; no number is made of a text, and no integer of a fraction. */
function fits(value: unknown, type: ParameterType): boolean {
  const missing = value === null || value === undefined;
  switch (type) {
    case 'any':
    case 'stream':
      return true;
    case 'number?':
    case 'integer?':
    case 'boolean?':
    case 'date?':
      return missing || fits(value, type.slice(0, -1) as ParameterType);
    case 'number':
      return typeof value === 'number';
    case 'integer':
      // As many bits as an `int` has.
      return typeof value === 'number' && value === (value | 0);
    case 'boolean':
      return typeof value === 'boolean';
    case 'date':
      return value instanceof Date || (typeof value === 'string' && !Number.isNaN(Date.parse(value)));
    case 'string':
      return missing || typeof value === 'string';
    case 'array':
      return missing || Array.isArray(value);
    case 'object':
      return missing || (typeof value === 'object' && !Array.isArray(value));
    default:
      throw exception('InvalidOperationException', `There is no parameter type '${String(type satisfies never)}'.`);
  }
}
