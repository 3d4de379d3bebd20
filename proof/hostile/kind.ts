import type { Arbitrary } from 'fast-check';

/** One kind of input, and what is done with it. */
export interface Kind<T = unknown> {
  readonly name: string;
  /** Of a hundred cases. */
  readonly share: number;
  readonly input: Arbitrary<T>;
  /** Tries one; says what came of it. @throws what should not have come of it */
  attempt(input: T): Promise<string[]>;
  /** Ends what the cases had in common, if anything; the next one starts anew. @throws what is left */
  leave?(): Promise<void>;
}
