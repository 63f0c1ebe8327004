/** Brings a processor of ours onto a context's audio thread. */

/** The server does not give out the page's own modules any more. */
export class ModuleUnavailable extends Error {}

/**
 * @param {BaseAudioContext} context
 * @param {"microphone-processor" | "speaker-processor"} name
 * @throws {ModuleUnavailable}
 */
export async function loadProcessor(context, name) {
  try {
    await context.audioWorklet.addModule(new URL(`./${name}.js`, import.meta.url));
  } catch (error) {
    throw new ModuleUnavailable(name, { cause: error });
  }
}
