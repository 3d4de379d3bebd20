/** What stands on the list. */
export interface ShoppingItem {
  readonly id: number;
  readonly name: string;
  readonly bought: boolean;
  /** The user who put it there. */
  readonly by: string;
}

/** `aspnetcore/ShoppingHub.cs` in TypeScript. Adding and loading are the API’s: `POST` and `GET /api/items`. */
export interface ShoppingHub {
  server: {
    SetBought(id: number, bought: boolean): void;
    /** The connection dies without a word. */
    DropMyConnection(): void;
  };
  client: {
    /** A new item, or one that is bought now, or not any more. */
    ItemChanged(item: ShoppingItem): void;
  };
}

/** What the page asks for at `/config.json` when it starts. */
export interface ShoppingConfig {
  /** Without a slash at the end. */
  readonly apiUrl: string;
}
