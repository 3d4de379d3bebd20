/** The hub that the new apps connect to. */
export interface GreeterHub {
  server: { Greet(name: string): string };
  client: { Greeted(greeting: string): void };
}
