/** Why a server could not join its cluster. The messages say what to change. */

/** The bus cannot be used as it is configured. */
export class BusError extends Error {
  override readonly name: string = "BusError";
}

/** Another server with the same id is there, and answers. */
export class DuplicateServerError extends BusError {
  override readonly name = "DuplicateServerError";

  constructor(id: string) {
    super(`${id} runs already: stop it, or start this server under another number`);
  }
}
