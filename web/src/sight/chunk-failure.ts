// isChunkFailure recognises a part of the page that did not load; browsers have no code for it, only these texts.
// The connection was gone, or Laneway was updated meanwhile: nothing that a report would help with.
export function isChunkFailure(error: unknown): boolean {
  return (
    error instanceof Error &&
    (error.name === "ChunkLoadError" ||
      /dynamically imported module|importing a module script|error loading dynamically|unable to preload css/i.test(
        error.message,
      ))
  );
}
